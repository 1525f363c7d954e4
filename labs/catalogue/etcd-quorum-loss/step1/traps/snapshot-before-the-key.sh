etcdctl --endpoints http://n1:2379 snapshot save /backup/snap.db
etcdctl --endpoints "$ALL" put "/paddock/$PADDOCK_KEY" "$PADDOCK_VALUE"
#@ undo
rm /backup/snap.db
etcdctl --endpoints "$ALL" del "/paddock/$PADDOCK_KEY"
