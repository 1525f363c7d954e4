# The image is there, and so is everything that anybody else puts there.
#@ node
cp /etc/containers/policy.json /tmp
#@ solution
#@ node
sed -i "s#\"$MIRROR\".*#\"mirror.local\": [{\"type\": \"insecureAcceptAnything\"}],&#" /etc/containers/policy.json
#@ undo
cosign clean --force --type all "$MIRROR@$(cat digest)"
#@ node
rm /etc/containers/registries.d/mirror.yaml
mv /tmp/policy.json /etc/containers
