# The night: new versions in the channel, one of them with a fault, and the timer that takes them all.
for driver in cpu disk net; do
    line=
    [ "$driver" != "$PADDOCK_FAULTY" ] || line='probe_interval 1s;'
    publish "$driver" 2.0 "$line"
done
transactional-update dup
#@ engine restart node
#@ node
until [ -f /run/booted ]; do sleep 0.1; done
#@ node
until grep -q probe_interval /var/log/agent.log; do sleep 0.1; done
