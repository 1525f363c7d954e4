#@ solution
image=registry:5000/$PADDOCK_APP:scratch
container=$(buildah from "$image")
buildah add --quiet "$container" /var/lib/dpkg/status /var/lib/dpkg/status
buildah commit --quiet --rm "$container" "docker://$image"
#@ undo
skopeo delete "docker://registry:5000/$PADDOCK_APP:scratch"
