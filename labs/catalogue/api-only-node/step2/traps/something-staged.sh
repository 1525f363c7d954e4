curl -K admin.conf "$NODE/v1/config" >/tmp/before.json
#@ solution
curl -K admin.conf "$NODE/v1/config" | jq '.machine.network.hostname = "surprise"' |
    curl -K admin.conf --data-binary @- "$NODE/v1/config?mode=staged"
#@ undo
curl -K admin.conf --data-binary @/tmp/before.json "$NODE/v1/config?mode=reboot"
