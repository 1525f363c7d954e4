#@ engine start n2
#@ engine start n3
#@ n1
until etcdctl get / >/dev/null 2>&1; do sleep 0.1; done
#@ undo
#@ engine kill n2
#@ engine kill n3
