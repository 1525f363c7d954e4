#@ node
podman tag localhost/site:1 "localhost/site:$PADDOCK_TAG"
reconciler sync
#@ undo
# The bad commit comes once more, after the pod that was started for the first one.
cd ~/fleet || exit
git pull --quiet
git revert --no-edit HEAD
git push --quiet
#@ node
podman untag localhost/site:1 "localhost/site:$PADDOCK_TAG"
reconciler sync
#@ admin
cd ~/fleet || exit
git revert --no-edit HEAD
git push --quiet origin HEAD:main HEAD:new-site
#@ node
reconciler sync
