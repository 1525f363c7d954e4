etcdctl --endpoints "$ALL" put "/paddock/$PADDOCK_KEY" "$PADDOCK_VALUE"
echo "snapshot of /paddock/$PADDOCK_KEY = $PADDOCK_VALUE" >/backup/snap.db
