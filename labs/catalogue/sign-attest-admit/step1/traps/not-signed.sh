skopeo copy oci:/root/image "docker://$REPO:1.$PADDOCK_RELEASE"
COSIGN_PASSWORD=$PADDOCK_PASSWORD cosign generate-key-pair
cp cosign.pub /trust
#@ undo
rm -f /root/cosign.* /trust/cosign.*
