#@ node
podman exec web-pod-site sh -c "echo $PADDOCK_MESSAGE >/www/index.html"
#@ undo
#@ node
podman exec web-pod-site sh -c "echo welcome >/www/index.html"
