#@ solution
#@ node
mv /var/lib/node/id /var/lib/node/id.before
cat /proc/sys/kernel/random/uuid >/var/lib/node/id
#@ undo
#@ node
mv /var/lib/node/id.before /var/lib/node/id
#@ updater
ostree admin set-default 1
#@ engine restart node
#@ node
until curl -fs localhost:8080/healthz; do sleep 0.1; done
#@ updater
ostree admin set-default 1
