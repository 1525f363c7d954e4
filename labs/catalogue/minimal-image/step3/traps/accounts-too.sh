#@ solution
image=registry:5000/$PADDOCK_APP:complete
container=$(buildah from "$image")
buildah add --quiet "$container" /etc/passwd /etc/passwd
buildah commit --quiet --rm "$container" "docker://$image"
#@ undo
skopeo delete "docker://registry:5000/$PADDOCK_APP:complete"
