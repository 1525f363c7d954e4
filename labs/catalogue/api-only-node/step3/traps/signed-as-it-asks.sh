openssl x509 -req -in agent.csr -CA ca.crt -CAkey ca.key -days 30 -out agent.crt
#@ undo
rm agent.crt
