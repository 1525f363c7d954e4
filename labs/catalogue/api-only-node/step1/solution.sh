openssl genpkey -algorithm ed25519 -out admin.key
openssl req -new -key admin.key -subj /O=os:admin/CN=me |
    openssl x509 -req -CA ca.crt -CAkey ca.key -days "$PADDOCK_DAYS" -out admin.crt
