#@ solution
#@ n1
etcdctl put "/paddock/$PADDOCK_KEY" another
