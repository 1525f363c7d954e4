# The next release comes of itself, and its agent does not start.
publish $((PADDOCK_RELEASE + 1)) 'probe_interval 1s;'
ostree admin upgrade --os=os
#@ engine restart node
#@ node
until [ -e /run/os ]; do sleep 0.1; done
