#@ solution
#@ node
sed -i '/"default"/s/"reject"/"insecureAcceptAnything"/' /etc/containers/policy.json
#@ undo
#@ node
rm -rf /etc/containers/registries.d
echo "{\"default\": [{\"type\": \"insecureAcceptAnything\"}]}" >/etc/containers/policy.json
