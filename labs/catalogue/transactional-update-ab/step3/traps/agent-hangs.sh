#@ solution
#@ node
pkill -STOP nginx
#@ undo
#@ updater
ostree admin set-default 1
#@ engine restart node
