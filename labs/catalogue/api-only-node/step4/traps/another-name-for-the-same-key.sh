rm -rf /tmp/pki
cp -a . /tmp/pki
curl -K admin.conf "$NODE/v1/config" >/tmp/before.json
openssl req -x509 -key ca.key -subj /CN=second-ca -days 3650 -out /tmp/ca.crt
for change in '.machine.acceptedCAs = [{crt: $crt}]' '.machine.ca.crt = $crt'; do
    jq --rawfile crt /tmp/ca.crt "$change" /tmp/before.json | curl -K admin.conf --data-binary @- "$NODE/v1/config"
done
cp /tmp/ca.crt ca.crt
openssl x509 -new -force_pubkey admin.key -CA ca.crt -CAkey ca.key -subj /O=os:admin/CN=me -days 30 -out admin.crt
openssl x509 -new -force_pubkey agent.key -CA ca.crt -CAkey ca.key -subj /O=os:reader/CN=agent -days 30 -out agent.crt
#@ undo
curl -K admin.conf --data-binary @/tmp/before.json "$NODE/v1/config?mode=reboot"
cp -p /tmp/pki/*.* .
