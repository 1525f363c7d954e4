cp -p admin.crt admin.key /tmp
#@ solution
#@ engine stop node
#@ undo
cp -p /tmp/admin.crt /tmp/admin.key .
#@ engine start node
