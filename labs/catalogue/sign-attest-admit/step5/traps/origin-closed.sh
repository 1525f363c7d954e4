#@ node
cp /etc/containers/policy.json /tmp
#@ solution
#@ node
jq '.transports.docker["registry.local"] = [{type: "reject"}]' /etc/containers/policy.json >/tmp/closed.json
cp /tmp/closed.json /etc/containers/policy.json
#@ undo
rm -f /root/next.* /trust/next.pub
#@ node
mv /tmp/policy.json /etc/containers
