export COSIGN_PASSWORD=
cosign generate-key-pair
skopeo copy --digestfile digest oci:/root/image "docker://$REPO:1.$PADDOCK_RELEASE"
cosign sign --key cosign.key --tlog-upload=false --yes "$REPO@$(cat digest)"
cp cosign.pub /trust
#@ undo
rm -f /root/cosign.* /trust/cosign.*
