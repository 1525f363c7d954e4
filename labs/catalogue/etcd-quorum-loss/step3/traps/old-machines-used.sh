#@ engine start n2
#@ n2
member stop
rm -rf /var/lib/etcd
until etcdctl --endpoints http://n1:2379 member add n2 --peer-urls http://n2:2380 | grep ^ETCD_ | xargs -r member set; do
    sleep 0.5 # until the member before is known to be well
done
member start
until etcdctl get / >/dev/null 2>&1; do sleep 0.3; done
#@ engine start n3
#@ n3
member stop
rm -rf /var/lib/etcd
until etcdctl --endpoints http://n1:2379 member add n3 --peer-urls http://n3:2380 | grep ^ETCD_ | xargs -r member set; do
    sleep 0.5 # until the member before is known to be well
done
member start
until etcdctl get / >/dev/null 2>&1; do sleep 0.3; done
