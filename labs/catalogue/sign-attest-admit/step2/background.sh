# The nightly job takes the tag for an image of its own.
#@ checker
oras tag --plain-http "registry.local/shop/$PADDOCK_APP:nightly" "1.$PADDOCK_RELEASE" >/dev/null
