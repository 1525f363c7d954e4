# Whose signatures the images bear, asked of the registry with the public key that the learner hands out.
repo=registry.local/shop/$PADDOCK_APP
about="$PADDOCK_APP 1.$PADDOCK_RELEASE"

signature() {
    image=$repo@$(pack "/tmp/$1" "$2")
    if ! skopeo inspect --raw "docker://$image" &>/dev/null; then echo absent
    elif timeout 15 cosign verify --key /trust/cosign.pub --insecure-ignore-tlog "$image" &>/dev/null; then echo signed
    else echo "not signed by this key"; fi
}

jq -n --arg own "$(signature own "$about")" \
    --arg contractor "$(signature contractor "$about, by the contractor")" \
    --argjson private "$(grep -rl 'PRIVATE KEY' /trust | jq -Rn '[inputs]')" \
    '{$own, $contractor, $private}'
