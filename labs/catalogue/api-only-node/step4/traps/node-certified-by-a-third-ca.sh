rm -rf /tmp/pki
cp -a . /tmp/pki
curl -K admin.conf "$NODE/v1/config" >/tmp/before.json
#@ solution
openssl req -x509 -newkey ed25519 -nodes -keyout /tmp/third.key -subj /CN=third-ca -days 30 -out /tmp/third.crt
curl -K admin.conf "$NODE/v1/config" |
    jq --rawfile crt /tmp/third.crt --rawfile key /tmp/third.key '
        .machine.acceptedCAs = [{crt: .machine.ca.crt}] | .machine.ca = {crt: $crt, key: $key}' |
    curl -K admin.conf --data-binary @- "$NODE/v1/config"
#@ undo
curl -K admin.conf --insecure --data-binary @/tmp/before.json "$NODE/v1/config?mode=reboot"
cp -p /tmp/pki/*.* .
