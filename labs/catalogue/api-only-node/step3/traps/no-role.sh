openssl x509 -req -in agent.csr -subj /CN=agent -CA ca.crt -CAkey ca.key -days 30 -out agent.crt
#@ undo
rm agent.crt
