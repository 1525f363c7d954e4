cd ~/fleet || exit
git pull --quiet
if grep --quiet "localhost/site:$PADDOCK_TAG" apps/web.yaml; then
    git revert --no-edit HEAD
    git push --quiet
fi
#@ node
reconciler sync
