# To which public key the private one belongs, which only the password opens.
export COSIGN_PASSWORD=$PADDOCK_PASSWORD
if ! public=$(timeout 10 cosign public-key --key /root/cosign.key 2>/dev/null); then said="does not open with the password"
elif [ "$public" != "$(cat /trust/cosign.pub 2>/dev/null)" ]; then said="belongs to another than /trust/cosign.pub"
else said="belongs to /trust/cosign.pub"; fi
jq -n --arg private "$said" '{$private}'
