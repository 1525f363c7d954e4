#@ engine restart node
#@ node
until [ -f /run/booted ]; do sleep 0.1; done
