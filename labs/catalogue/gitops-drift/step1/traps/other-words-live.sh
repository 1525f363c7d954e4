cd ~/fleet || exit
git tag before
sed -i "/name: MESSAGE/{n;s/value: .*/value: $PADDOCK_MESSAGE/}" apps/web.yaml
git commit --quiet --all --message "web says $PADDOCK_MESSAGE"
git push --quiet
#@ node
reconciler sync
podman exec web-pod-site sh -c "until [ -s /www/index.html ]; do sleep 0.1; done; echo something else >/www/index.html"
#@ undo
cd ~/fleet || exit
git reset --quiet --hard before
git tag --delete before
git push --quiet --force
#@ node
reconciler sync
