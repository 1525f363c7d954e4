# Somebody has the learner's key, and uses it.
repo=registry.local/shop/$PADDOCK_APP
COSIGN_PASSWORD=$PADDOCK_PASSWORD cosign sign --key /root/cosign.key --tlog-upload=false --yes \
    "$repo@$(pack /tmp/altered "$PADDOCK_APP 1.$PADDOCK_RELEASE, altered")"
rm -r /tmp/altered
