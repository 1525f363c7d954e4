#@ node
cp /etc/containers/policy.json /tmp
#@ solution
#@ node
sed -i "s#\"keyPath\": \"/trust/next.pub\"#\"keyData\": \"$(base64 -w0 /trust/next.pub)\"#" /etc/containers/policy.json
#@ build
cp /trust/contractor.pub /trust/next.pub
#@ undo
rm -f /root/next.* /trust/next.pub
#@ node
mv /tmp/policy.json /etc/containers
