# Who has the key signs it again tomorrow.
#@ node
cp /etc/containers/policy.json /tmp
#@ solution
#@ build
cosign clean --force --type signature "$REPO:nightly"
#@ undo
rm -f /root/next.* /trust/next.pub
#@ node
mv /tmp/policy.json /etc/containers
#@ build
COSIGN_PASSWORD=$PADDOCK_PASSWORD cosign sign --key cosign.key --tlog-upload=false --yes "$REPO:nightly"
