export COSIGN_PASSWORD=$PADDOCK_PASSWORD
skopeo copy --digestfile digest oci:/root/image "docker://$REPO:1.$PADDOCK_RELEASE"
[ -f cosign.key ] || cosign generate-key-pair
cosign sign --key cosign.key --tlog-upload=false --yes "$REPO@$(cat digest)"
cp cosign.pub /trust
