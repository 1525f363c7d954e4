sed -i /probe_interval/d "$(readlink --canonicalize /sysroot/ostree/boot.?/os/*/0)/usr/lib/agent/agent.conf"
#@ node
until curl -fs localhost:8080/healthz; do sleep 0.1; done
#@ undo
sed -i '1i probe_interval 1s;' "$(readlink --canonicalize /sysroot/ostree/boot.?/os/*/0)/usr/lib/agent/agent.conf"
#@ node
pkill nginx
while curl -fs localhost:8080/healthz; do sleep 0.1; done
