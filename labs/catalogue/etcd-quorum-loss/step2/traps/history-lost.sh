#@ solution
#@ n1
etcdctl del --prefix /history/1
