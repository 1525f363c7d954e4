#@ admin
id=$(etcdctl --endpoints http://n1:2379 member list | awk -F', ' '$3 == "n2" {print $1}')
for _ in $(seq 60); do
    [ -n "$id" ] || break
    etcdctl --endpoints http://n1:2379 member remove "$id" && break
    sleep 0.5
done
#@ engine replace n2
#@ n2
member stop
rm -rf /var/lib/etcd
cluster=$(etcdctl --endpoints http://n1:2379 member list | awk -F', ' '{print $3 "=" $4}' | paste -sd,),n2=http://n2:2380
for _ in $(seq 60); do
    etcdctl --endpoints http://n1:2379 member add n2 --peer-urls http://n2:2380 && break
    sleep 0.5
done
member set ETCD_INITIAL_CLUSTER="$cluster" ETCD_INITIAL_CLUSTER_STATE=existing
member start
for _ in $(seq 30); do
    etcdctl --dial-timeout=1s --command-timeout=2s get / >/dev/null 2>&1 && break
    sleep 0.3
done
#@ admin
id=$(etcdctl --endpoints http://n1:2379 member list | awk -F', ' '$3 == "n3" {print $1}')
for _ in $(seq 60); do
    [ -n "$id" ] || break
    etcdctl --endpoints http://n1:2379 member remove "$id" && break
    sleep 0.5
done
#@ engine replace n3
#@ n3
member stop
rm -rf /var/lib/etcd
cluster=$(etcdctl --endpoints http://n1:2379 member list | awk -F', ' '{print $3 "=" $4}' | paste -sd,),n3=http://n3:2380
for _ in $(seq 60); do
    etcdctl --endpoints http://n1:2379 member add n3 --peer-urls http://n3:2380 && break
    sleep 0.5
done
member set ETCD_INITIAL_CLUSTER="$cluster" ETCD_INITIAL_CLUSTER_STATE=existing
member start
for _ in $(seq 30); do
    etcdctl --dial-timeout=1s --command-timeout=2s get / >/dev/null 2>&1 && break
    sleep 0.3
done
member stop
