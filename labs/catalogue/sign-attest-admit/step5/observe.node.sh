# What the node says of the image in both registries, and of the forgery that the old key has signed.
repo=registry.local/shop/$PADDOCK_APP
about="$PADDOCK_APP 1.$PADDOCK_RELEASE"
digest=$(pack "/tmp/$PADDOCK_MARKER" "$about")
forged=$(pack "/tmp/$PADDOCK_MARKER-forged" "$about, altered")
rm -rf "/tmp/$PADDOCK_MARKER" "/tmp/$PADDOCK_MARKER-forged"

jq -n --arg origin "$(admit "$repo@$digest")" \
    --arg mirror "$(admit "mirror.local/shop/$PADDOCK_APP@$digest")" \
    --arg forgery "$(admit "$repo@$forged")" \
    '{$origin, $mirror, $forgery}'
