#@ solution
#@ build
COSIGN_PASSWORD=$PADDOCK_PASSWORD cosign sign --key cosign.key --tlog-upload=false --yes "$REPO:1.$PADDOCK_RELEASE"
#@ undo
#@ node
rm -rf /etc/containers/registries.d
echo "{\"default\": [{\"type\": \"insecureAcceptAnything\"}]}" >/etc/containers/policy.json
#@ build
cosign clean --force --type signature "$REPO:1.$PADDOCK_RELEASE"
