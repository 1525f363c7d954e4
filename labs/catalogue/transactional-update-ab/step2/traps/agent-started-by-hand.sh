# It answers as the new release would, and the rest of the node is still the old one.
#@ node
new=$(readlink --canonicalize /sysroot/ostree/boot.?/os/*/0)
until curl -fs localhost:8080/release | grep -qx "$PADDOCK_RELEASE"; do
    pkill nginx || true
    nginx -e /var/log/agent.log -p "$new/" -c usr/lib/agent/agent.conf &
    sleep 1 # the next try of who keeps the old one running
done
#@ undo
#@ node
pkill nginx
while curl -fs localhost:8080/release | grep -qx "$PADDOCK_RELEASE"; do sleep 0.1; done
until curl -fs localhost:8080/healthz; do sleep 0.1; done
