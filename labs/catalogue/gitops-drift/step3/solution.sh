cd ~/fleet || exit
git pull --quiet
git rm --quiet --ignore-unmatch "apps/$PADDOCK_LEGACY.yaml"
sed -i "/- $PADDOCK_LEGACY.yaml/d" apps/kustomization.yaml
sed -i 's/prune: .*/prune: true/' sync.yaml
git commit --quiet --all --message "Nobody asks $PADDOCK_LEGACY" || true
git push --quiet
#@ node
reconciler sync
#@ admin
cd ~/fleet || exit
sed -i '/- web.yaml/d' apps/kustomization.yaml
git commit --quiet --all --message "Tidy up"
git push --quiet
#@ node
reconciler sync
#@ admin
cd ~/fleet || exit
git revert --no-edit HEAD
git push --quiet
#@ node
reconciler sync
