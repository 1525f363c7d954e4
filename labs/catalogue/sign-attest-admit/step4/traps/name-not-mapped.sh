#@ node
cp /etc/containers/policy.json /tmp
#@ solution
#@ node
sed -i 's#"exactRepository".*"}#"matchRepository"}#' /etc/containers/policy.json
#@ undo
cosign clean --force --type all "$MIRROR@$(cat digest)"
#@ node
rm /etc/containers/registries.d/mirror.yaml
mv /tmp/policy.json /etc/containers
