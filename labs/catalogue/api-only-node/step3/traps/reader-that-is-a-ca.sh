openssl req -x509 -key agent.key -subj /O=os:reader/CN=agent -CA ca.crt -CAkey ca.key -days 30 -out agent.crt
#@ undo
rm agent.crt
