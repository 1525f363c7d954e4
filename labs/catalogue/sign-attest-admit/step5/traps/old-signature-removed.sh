# Nodes that have not heard of the new key yet can't pull any more.
#@ node
cp /etc/containers/policy.json /tmp
#@ solution
#@ build
cosign clean --force --type signature "$REPO@$(cat digest)"
COSIGN_PASSWORD=$PADDOCK_PASSWORD cosign sign --key next.key --tlog-upload=false --yes "$REPO@$(cat digest)"
#@ undo
rm -f /root/next.* /trust/next.pub
#@ node
mv /tmp/policy.json /etc/containers
#@ build
COSIGN_PASSWORD=$PADDOCK_PASSWORD cosign sign --key cosign.key --tlog-upload=false --yes "$REPO@$(cat digest)"
