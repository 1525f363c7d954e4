cd ~/fleet || exit
git checkout --quiet -b words
sed -i "/name: MESSAGE/{n;s/value: .*/value: $PADDOCK_MESSAGE/}" apps/web.yaml
git commit --quiet --all --message "web says $PADDOCK_MESSAGE"
git push --quiet origin words
#@ node
reconciler sync
#@ undo
cd ~/fleet || exit
git push --quiet --delete origin words
git checkout --quiet main
git branch --quiet -D words
