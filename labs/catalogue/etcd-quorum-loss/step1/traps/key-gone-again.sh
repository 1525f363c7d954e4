#@ solution
etcdctl --endpoints "$ALL" del "/paddock/$PADDOCK_KEY"
#@ undo
rm /backup/snap.db
