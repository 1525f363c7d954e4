# The cluster, with some history before the learner comes: a revision that nobody reaches by chance.
until etcdctl --endpoints "$ALL" --command-timeout=2s endpoint health >/dev/null 2>&1; do sleep 0.2; done
{
    echo  # no condition
    for i in $(seq "$PADDOCK_NOISE"); do echo "put /history/$i $i"; done
    printf '\n\n'
} | etcdctl --endpoints "$ALL" txn >/dev/null
