#@ engine replace n2
#@ n2
member stop
rm -rf /var/lib/etcd
member set ETCD_INITIAL_CLUSTER=n2=http://n2:2380
member start
until etcdctl put "/paddock/$PADDOCK_KEY" "$PADDOCK_VALUE" >/dev/null 2>&1; do sleep 0.1; done
#@ engine replace n3
#@ n3
member stop
rm -rf /var/lib/etcd
member set ETCD_INITIAL_CLUSTER=n3=http://n3:2380
member start
until etcdctl put "/paddock/$PADDOCK_KEY" "$PADDOCK_VALUE" >/dev/null 2>&1; do sleep 0.1; done
