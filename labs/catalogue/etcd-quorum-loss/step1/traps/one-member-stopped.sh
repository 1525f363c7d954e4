etcdctl --endpoints "$ALL" put "/paddock/$PADDOCK_KEY" "$PADDOCK_VALUE"
etcdctl --endpoints http://n1:2379 snapshot save /backup/snap.db
#@ n3
member stop
