# The cluster, with some history before the learner comes: a revision that nobody reaches by chance.
for _ in $(seq 30); do
    etcdctl --endpoints "$ALL" --command-timeout=2s endpoint health >/dev/null 2>&1 && break
    sleep 0.2
done
for i in $(seq "$PADDOCK_NOISE"); do
    etcdctl --endpoints "$ALL" put "/history/$i" "$i" >/dev/null
done
