curl -K admin.conf "$NODE/v1/config" >/tmp/before.json
#@ solution
jq --rawfile crt vendor/ca.crt '.machine.acceptedCAs = [{crt: $crt}]' /tmp/before.json |
    curl -K admin.conf --data-binary @- "$NODE/v1/config"
#@ undo
curl -K admin.conf --data-binary @/tmp/before.json "$NODE/v1/config"
rm agent.crt
