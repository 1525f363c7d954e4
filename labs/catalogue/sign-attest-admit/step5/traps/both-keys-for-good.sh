#@ node
cp /etc/containers/policy.json /tmp
#@ solution
#@ node
sed -i 's#"keyPath": "/trust/next.pub"#"keyPaths": ["/trust/cosign.pub", "/trust/next.pub"]#' \
    /etc/containers/policy.json
#@ undo
rm -f /root/next.* /trust/next.pub
#@ node
mv /tmp/policy.json /etc/containers
