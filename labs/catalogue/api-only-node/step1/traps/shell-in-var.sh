cp -p admin.crt admin.key /tmp
#@ solution
curl -K admin.conf "$NODE/v1/config" >/tmp/before.json
jq '.machine.files = [{path: "/var/bin/sh", permissions: "0755", content: "#!/bin/sh\n"}]' /tmp/before.json |
    curl -K admin.conf --data-binary @- "$NODE/v1/config?mode=reboot"
#@ undo
curl -K admin.conf --data-binary @/tmp/before.json "$NODE/v1/config?mode=reboot"
cp -p /tmp/admin.crt /tmp/admin.key .
