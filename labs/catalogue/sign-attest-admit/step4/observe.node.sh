# What the node says of the same image in two registries, and in the mirror by a name that nobody has heard before.
repo=registry.local/shop/$PADDOCK_APP
digest=$(pack "/tmp/$PADDOCK_MARKER" "$PADDOCK_APP 1.$PADDOCK_RELEASE")
rm -r "/tmp/$PADDOCK_MARKER"

jq -n --arg origin "$(admit "$repo@$digest")" \
    --arg mirror "$(admit "mirror.local/shop/$PADDOCK_APP@$digest")" \
    --arg other_name "$(admit "mirror.local/$PADDOCK_MARKER@$digest" "$repo")" \
    '{$origin, $mirror, $other_name}'
