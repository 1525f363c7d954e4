# Which keys stand behind the image, and whether the forgery is still what it was.
repo=registry.local/shop/$PADDOCK_APP
about="$PADDOCK_APP 1.$PADDOCK_RELEASE"

signed() {
    image=$repo@$(pack "/tmp/$1" "$2")
    if timeout 15 cosign verify --key "/trust/$3.pub" --insecure-ignore-tlog "$image" >/dev/null 2>&1; then echo signed
    else echo "not signed"; fi
}

jq -n --arg old "$(signed own "$about" cosign)" --arg next "$(signed own "$about" next)" \
    --arg forgery "$(signed forgery "$about, altered" cosign)" '{$old, $next, $forgery}'
