# In Git as well, but what runs was brought there by other hands: nobody can tell from which commit it is.
cd ~/fleet || exit
git tag before
sed -i "/name: MESSAGE/{n;s/value: .*/value: $PADDOCK_MESSAGE/}" apps/web.yaml
git commit --quiet --all --message "web says $PADDOCK_MESSAGE"
git push --quiet
#@ node
reconciler sync
podman kube play --quiet --replace /var/lib/reconciler/clone/apps/web.yaml
#@ undo
cd ~/fleet || exit
git reset --quiet --hard before
git tag --delete before
git push --quiet --force
#@ node
reconciler sync
sed -i '/"drift"/d' /var/log/gitops/reconciler.jsonl
