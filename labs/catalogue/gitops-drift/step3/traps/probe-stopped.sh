cd ~/fleet || exit
git tag before
#@ solution
#@ node
podman stop probe
#@ undo
cd ~/fleet || exit
git reset --quiet --hard before
git tag --delete before
git push --quiet --force
#@ node
podman start probe
reconciler sync
sed -i '/"empty"\|"pruned"/d' /var/log/gitops/reconciler.jsonl
