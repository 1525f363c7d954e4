cd ~/fleet || exit
git tag before
#@ solution
#@ admin
cd ~/fleet || exit
git reset --quiet --hard before
git push --quiet --force
#@ node
reconciler sync
#@ undo
cd ~/fleet || exit
git tag --delete before
#@ node
sed -i '/"drift"\|"healed"/d' /var/log/gitops/reconciler.jsonl
