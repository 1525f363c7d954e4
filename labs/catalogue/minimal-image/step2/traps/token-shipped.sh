#@ solution
image=registry:5000/$PADDOCK_APP:scratch
container=$(buildah from "$image")
buildah add --quiet "$container" "app/.$PADDOCK_LEAK" /
buildah commit --quiet --rm "$container" "docker://$image"
#@ undo
skopeo delete "docker://registry:5000/$PADDOCK_APP:scratch"
