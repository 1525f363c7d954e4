# Out of Git, and removed by whoever was at the node, before the loop was allowed to.
cd ~/fleet || exit
git tag before
git rm --quiet "apps/$PADDOCK_LEGACY.yaml"
sed -i "/- $PADDOCK_LEGACY.yaml/d" apps/kustomization.yaml
git commit --quiet --all --message "Nobody asks $PADDOCK_LEGACY"
git push --quiet
#@ node
reconciler sync
podman pod rm --force "$PADDOCK_LEGACY-pod"
#@ solution
#@ undo
cd ~/fleet || exit
git reset --quiet --hard before
git tag --delete before
git push --quiet --force
#@ node
reconciler sync
sed -i '/"empty"\|"pruned"/d' /var/log/gitops/reconciler.jsonl
