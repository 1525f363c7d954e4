# What is attested of the image as it lies in the mirror.
image=mirror.local/shop/$PADDOCK_APP@$(pack /tmp/own "$PADDOCK_APP 1.$PADDOCK_RELEASE")

attested() {
    for kind in cyclonedx slsaprovenance1; do
        timeout 15 cosign verify-attestation --key /trust/cosign.pub --insecure-ignore-tlog --type "$kind" "$image" \
            >/dev/null 2>&1 && echo "$kind"
    done
}

jq -n --arg attested "$(attested)" '{attested: ($attested | split("\n"))}'
