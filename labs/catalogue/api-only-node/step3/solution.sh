openssl x509 -req -in agent.csr -subj "/O=os:reader/CN=$PADDOCK_AGENT" -CA ca.crt -CAkey ca.key -days 30 -out agent.crt
