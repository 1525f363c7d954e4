# What the node says of images, under its own policy, some of them by names that nobody has heard before.
repo=registry.local/shop/$PADDOCK_APP
about="$PADDOCK_APP 1.$PADDOCK_RELEASE"
digest() { pack "/tmp/$PADDOCK_MARKER" "$1"; }

jq -n --arg own "$(admit "$repo@$(digest "$about")")" \
    --arg altered "$(admit "$repo@$(digest "$about, altered")")" \
    --arg contractor "$(admit "$repo@$(digest "$about, by the contractor")")" \
    --arg unsigned "$(admit registry.local/tools/debug:1)" \
    --arg other_name "$(admit "registry.local/$PADDOCK_MARKER@$(digest "$about")" "$repo")" \
    --arg elsewhere "$(admit "$PADDOCK_MARKER.example/debug:1" registry.local/tools/debug)" \
    '{$own, $altered, $contractor, $unsigned, $other_name, $elsewhere}'
rm -rf "/tmp/$PADDOCK_MARKER"
