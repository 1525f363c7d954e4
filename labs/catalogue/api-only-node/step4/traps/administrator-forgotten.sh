rm -rf /tmp/pki
cp -a . /tmp/pki
curl -K admin.conf "$NODE/v1/config" >/tmp/before.json
#@ solution
mv admin.crt /tmp
cp -p /tmp/pki/admin.crt .
#@ undo
mv /tmp/admin.crt .
curl -K admin.conf --data-binary @/tmp/before.json "$NODE/v1/config?mode=reboot"
cp -p /tmp/pki/*.* .
