rm -rf /tmp/pki
cp -a . /tmp/pki
curl -K admin.conf "$NODE/v1/config" >/tmp/before.json
#@ solution
cp -p /tmp/pki/agent.crt .
#@ undo
curl -K admin.conf --data-binary @/tmp/before.json "$NODE/v1/config?mode=reboot"
cp -p /tmp/pki/*.* .
