cp -p admin.crt admin.key /tmp
#@ solution
openssl x509 -new -force_pubkey admin.key -CA ca.crt -CAkey ca.key \
    -subj /O=os:reader/CN=me -days "$PADDOCK_DAYS" -out admin.crt
#@ undo
cp -p /tmp/admin.crt /tmp/admin.key .
