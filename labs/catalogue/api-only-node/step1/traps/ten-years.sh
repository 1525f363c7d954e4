cp -p admin.crt admin.key /tmp
openssl genpkey -algorithm ed25519 -out admin.key
openssl x509 -new -force_pubkey admin.key -CA ca.crt -CAkey ca.key \
    -subj /O=os:admin/CN=me -days 3650 -out admin.crt
#@ undo
cp -p /tmp/admin.crt /tmp/admin.key .
