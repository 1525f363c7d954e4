apply() {
    curl -K admin.conf "$NODE/v1/config" |
        jq --rawfile old ca.crt --rawfile crt new-ca.crt --rawfile key new-ca.key "$1" |
        curl -K admin.conf --data-binary @- "$NODE/v1/config?mode=no-reboot"
}
openssl genpkey -algorithm ed25519 -out new-ca.key
openssl req -x509 -key new-ca.key -subj /CN=second-ca -days 3650 -out new-ca.crt
apply '.machine.acceptedCAs = [{crt: $crt}]'

openssl req -new -key admin.key -subj /O=os:admin/CN=me |
    openssl x509 -req -CA new-ca.crt -CAkey new-ca.key -days "$PADDOCK_DAYS" -out admin.crt
openssl x509 -req -in agent.csr -subj "/O=os:reader/CN=$PADDOCK_AGENT" \
    -CA new-ca.crt -CAkey new-ca.key -days 30 -out agent.crt

apply '.machine.ca = {crt: $crt, key: $key} | .machine.acceptedCAs = [{crt: $old}]'
mv new-ca.crt ca.crt
mv new-ca.key ca.key
curl -K admin.conf "$NODE/v1/config" | jq 'del(.machine.acceptedCAs)' |
    curl -K admin.conf --data-binary @- "$NODE/v1/config?mode=no-reboot"
