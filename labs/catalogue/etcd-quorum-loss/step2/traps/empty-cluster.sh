#@ n1
member stop
rm -rf /var/lib/etcd
member set ETCD_INITIAL_CLUSTER=n1=http://n1:2380
member start
sleep 2
