#@ solution
#@ n3
member stop
#@ undo
rm /backup/snap.db
etcdctl --endpoints "$ALL" del "/paddock/$PADDOCK_KEY"
#@ n3
member start
until etcdctl endpoint health >/dev/null 2>&1; do sleep 0.1; done
