cp -p admin.crt /tmp
openssl x509 -new -force_pubkey admin.key -CA ca.crt -CAkey ca.key \
    -subj /O=os:admin/CN=me -days "$PADDOCK_DAYS" -out admin.crt
#@ undo
cp -p /tmp/admin.crt .
