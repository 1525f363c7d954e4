#@ solution
#@ node
pkill -STOP nginx
#@ undo
#@ updater
ostree admin set-default 1
#@ engine restart node
#@ node
until [ -e /run/os ]; do sleep 0.1; done
