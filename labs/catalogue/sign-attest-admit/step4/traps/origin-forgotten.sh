#@ node
cp /etc/containers/policy.json /tmp
#@ solution
#@ node
jq 'del(.transports.docker["registry.local"])' /etc/containers/policy.json >/tmp/mirror-only.json
cp /tmp/mirror-only.json /etc/containers/policy.json
#@ undo
cosign clean --force --type all "$MIRROR@$(cat digest)"
#@ node
rm /etc/containers/registries.d/mirror.yaml
mv /tmp/policy.json /etc/containers
