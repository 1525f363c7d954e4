ostree pull releases os/stable
ostree admin deploy --no-merge --retain --os=os releases:os/stable
#@ undo
ostree admin undeploy 0
