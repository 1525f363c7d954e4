#@ solution
#@ node
podman exec web-pod-site sh -c "echo something else >/www/index.html"
#@ undo
cd ~/fleet || exit
git reset --quiet --hard origin/new-site
git push --quiet --force
#@ node
podman exec web-pod-site sh -c "echo $PADDOCK_MESSAGE >/www/index.html"
reconciler sync
