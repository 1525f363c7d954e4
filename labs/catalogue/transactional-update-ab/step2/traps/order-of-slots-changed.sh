ostree admin set-default 1
#@ undo
ostree admin set-default 1
