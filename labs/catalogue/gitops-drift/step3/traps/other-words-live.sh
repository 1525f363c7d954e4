cd ~/fleet || exit
git tag before
#@ solution
#@ node
podman exec web-pod-site sh -c "echo something else >/www/index.html"
#@ undo
cd ~/fleet || exit
git reset --quiet --hard before
git tag --delete before
git push --quiet --force
#@ node
podman exec web-pod-site sh -c "echo $PADDOCK_MESSAGE >/www/index.html"
reconciler sync
sed -i '/"empty"\|"pruned"/d' /var/log/gitops/reconciler.jsonl
