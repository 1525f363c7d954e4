# skopeo copies the image and leaves behind what belongs to it.
#@ node
cp /etc/containers/policy.json /tmp
#@ solution
#@ build
cosign clean --force --type all "$MIRROR@$(cat digest)"
skopeo copy "docker://$REPO@$(cat digest)" "docker://$MIRROR:1.$PADDOCK_RELEASE"
#@ undo
cosign clean --force --type all "$MIRROR@$(cat digest)"
#@ node
rm /etc/containers/registries.d/mirror.yaml
mv /tmp/policy.json /etc/containers
