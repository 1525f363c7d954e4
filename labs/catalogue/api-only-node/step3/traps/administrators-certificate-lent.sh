cp -p agent.key /tmp
cp -p admin.crt agent.crt
cp -p admin.key agent.key
#@ undo
rm agent.crt
cp -p /tmp/agent.key .
