ostree admin set-default 1
#@ node
good=$(readlink --canonicalize /sysroot/ostree/boot.?/os/*/0)
nginx -e /var/log/agent.log -p "$good/" -c usr/lib/agent/agent.conf &
until curl -fs localhost:8080/healthz; do sleep 0.1; done
#@ undo
#@ updater
ostree admin set-default 1
#@ node
pkill nginx
while curl -fs localhost:8080/healthz; do sleep 0.1; done
