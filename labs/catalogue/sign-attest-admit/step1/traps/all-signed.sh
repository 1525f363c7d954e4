#@ solution
COSIGN_PASSWORD=$PADDOCK_PASSWORD cosign sign --key cosign.key --tlog-upload=false --yes "$REPO:contractor"
#@ undo
rm -f /root/cosign.* /trust/cosign.*
