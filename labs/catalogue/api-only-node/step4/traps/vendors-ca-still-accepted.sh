rm -rf /tmp/pki
cp -a . /tmp/pki
curl -K admin.conf "$NODE/v1/config" >/tmp/before.json
#@ solution
curl -K admin.conf "$NODE/v1/config" | jq --rawfile crt vendor/ca.crt '.machine.acceptedCAs = [{crt: $crt}]' |
    curl -K admin.conf --data-binary @- "$NODE/v1/config"
#@ undo
curl -K admin.conf --data-binary @/tmp/before.json "$NODE/v1/config?mode=reboot"
cp -p /tmp/pki/*.* .
