#@ n1
member stop
rm -rf /var/lib/etcd
etcdutl snapshot restore /backup/snap.db --name n1 --initial-cluster n1=http://n1:2380 \
    --initial-advertise-peer-urls http://n1:2380 --data-dir /var/lib/etcd
member set ETCD_INITIAL_CLUSTER=n1=http://n1:2380
member start
until etcdctl get / >/dev/null 2>&1; do sleep 0.1; done
