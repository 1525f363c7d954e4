image=localhost/$PADDOCK_APP:fat
buildah build --quiet --tag "$image" app
container=$(buildah from "$image")
root=$(buildah mount "$container")
{
    echo "packages=$(grep -c '^Status: install ok installed' "$root/var/lib/dpkg/status")"
    echo "setuid=$(find "$root" -type f -perm -4000 | wc -l)"
    echo "leak=/src/.$PADDOCK_LEAK"
} >report
buildah rm "$container"
