#@ n1
member stop
rm -rf /var/lib/etcd
member set ETCD_INITIAL_CLUSTER=n1=http://n1:2380
member start
until etcdctl put "/paddock/$PADDOCK_KEY" "$PADDOCK_VALUE" >/dev/null 2>&1; do sleep 0.1; done
