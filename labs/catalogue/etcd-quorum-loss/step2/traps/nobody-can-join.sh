#@ n1
member stop
rm -rf /var/lib/etcd
etcdutl snapshot restore /backup/snap.db --data-dir /var/lib/etcd
member start
for _ in $(seq 50); do
    etcdctl get / >/dev/null 2>&1 && break
    sleep 0.1
done
