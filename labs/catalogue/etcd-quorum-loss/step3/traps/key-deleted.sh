#@ solution
etcdctl --endpoints http://n1:2379 del "/paddock/$PADDOCK_KEY"
