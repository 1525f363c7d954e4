#@ solution
#@ node
sed -i 's#"keyPath": "/trust/cosign.pub"#"keyPaths": ["/trust/cosign.pub", "/trust/contractor.pub"]#' \
    /etc/containers/policy.json
#@ undo
#@ node
rm -rf /etc/containers/registries.d
echo "{\"default\": [{\"type\": \"insecureAcceptAnything\"}]}" >/etc/containers/policy.json
