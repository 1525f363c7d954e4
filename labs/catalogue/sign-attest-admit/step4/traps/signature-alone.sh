#@ node
cp /etc/containers/policy.json /tmp
#@ solution
#@ build
cosign clean --force --type all "$MIRROR@$(cat digest)"
cosign copy --force --only sig "$REPO@$(cat digest)" "$MIRROR:1.$PADDOCK_RELEASE"
#@ undo
cosign clean --force --type all "$MIRROR@$(cat digest)"
#@ node
rm /etc/containers/registries.d/mirror.yaml
mv /tmp/policy.json /etc/containers
