#@ node
cp /etc/containers/policy.json /tmp
#@ solution
#@ build
cosign clean --force --type signature "$MIRROR@$(cat digest)"
#@ undo
rm -f /root/next.* /trust/next.pub
#@ node
mv /tmp/policy.json /etc/containers
#@ build
cosign copy --force --only sig "$REPO@$(cat digest)" "$MIRROR:1.$PADDOCK_RELEASE"
