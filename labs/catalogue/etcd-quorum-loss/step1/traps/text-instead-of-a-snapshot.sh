etcdctl --endpoints "$ALL" put "/paddock/$PADDOCK_KEY" "$PADDOCK_VALUE"
echo "snapshot of /paddock/$PADDOCK_KEY = $PADDOCK_VALUE" >/backup/snap.db
#@ undo
rm /backup/snap.db
etcdctl --endpoints "$ALL" del "/paddock/$PADDOCK_KEY"
