curl -K admin.conf "$NODE/v1/config" >/tmp/before.json
#@ solution
curl -K admin.conf "$NODE/v1/config" | jq '.machine.files[0].path = "/var/motd"' |
    curl -K admin.conf --data-binary @- "$NODE/v1/config?mode=reboot"
#@ undo
curl -K admin.conf --data-binary @/tmp/before.json "$NODE/v1/config?mode=reboot"
