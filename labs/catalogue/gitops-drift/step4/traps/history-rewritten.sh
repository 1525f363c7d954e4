cd ~/fleet || exit
git pull --quiet
git reset --quiet --hard HEAD~1
git push --quiet --force
#@ node
reconciler sync
#@ undo
cd ~/fleet || exit
git fetch --quiet
git push --quiet origin origin/new-site:main
#@ node
reconciler sync
