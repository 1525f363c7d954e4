cd ~/fleet || exit
git tag before
#@ solution
cd ~/fleet || exit
sed -i "s/prune: .*/prune: false/" sync.yaml
git commit --quiet --all --message "Prune no more"
git push --quiet
#@ node
reconciler sync
#@ undo
cd ~/fleet || exit
git reset --quiet --hard before
git tag --delete before
git push --quiet --force
#@ node
reconciler sync
sed -i '/"empty"\|"pruned"/d' /var/log/gitops/reconciler.jsonl
