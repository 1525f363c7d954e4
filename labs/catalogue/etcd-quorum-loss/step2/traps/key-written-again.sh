#@ solution
#@ n1
etcdctl del "/paddock/$PADDOCK_KEY"
etcdctl put "/paddock/$PADDOCK_KEY" "$PADDOCK_VALUE"
