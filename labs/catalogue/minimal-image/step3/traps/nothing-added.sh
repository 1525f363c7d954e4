# The image of step 2 under the new name, with a label: its digest must differ, or the undo would delete both.
image=registry:5000/$PADDOCK_APP
container=$(buildah from "$image:scratch")
buildah config --label version=complete "$container"
buildah commit --quiet --rm "$container" "docker://$image:complete"
#@ undo
skopeo delete "docker://registry:5000/$PADDOCK_APP:complete"
