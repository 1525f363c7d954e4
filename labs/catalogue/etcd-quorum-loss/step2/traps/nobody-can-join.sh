#@ n1
member stop
rm -rf /var/lib/etcd
etcdutl snapshot restore /backup/snap.db --data-dir /var/lib/etcd
member start
until etcdctl get / >/dev/null 2>&1; do sleep 0.1; done
