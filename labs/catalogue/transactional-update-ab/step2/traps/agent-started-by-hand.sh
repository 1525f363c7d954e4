# It answers as the new release would, and the rest of the node is still the old one.
#@ node
new=$(readlink --canonicalize /sysroot/ostree/boot.?/os/*/0)
pkill nginx
sleep 0.3
nginx -e /var/log/agent.log -p "$new/" -c usr/lib/agent/agent.conf &
#@ undo
#@ node
pkill nginx
