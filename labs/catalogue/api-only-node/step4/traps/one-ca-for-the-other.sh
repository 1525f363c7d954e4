# The end is right, and until the clients had their new certificates nobody got in.
rm -rf /tmp/pki
cp -a . /tmp/pki
curl -K admin.conf "$NODE/v1/config" >/tmp/before.json
openssl genpkey -algorithm ed25519 -out /tmp/ca.key
openssl req -x509 -key /tmp/ca.key -subj /CN=second-ca -days 3650 -out /tmp/ca.crt
jq --rawfile crt /tmp/ca.crt --rawfile key /tmp/ca.key '.machine.ca = {crt: $crt, key: $key}' /tmp/before.json |
    curl -K admin.conf --data-binary @- "$NODE/v1/config"
cp /tmp/ca.crt /tmp/ca.key .
openssl x509 -new -force_pubkey admin.key -CA ca.crt -CAkey ca.key -subj /O=os:admin/CN=me -days 30 -out admin.crt
openssl x509 -new -force_pubkey agent.key -CA ca.crt -CAkey ca.key -subj /O=os:reader/CN=agent -days 30 -out agent.crt
#@ undo
curl -K admin.conf --data-binary @/tmp/before.json "$NODE/v1/config?mode=reboot"
cp -p /tmp/pki/*.* .
