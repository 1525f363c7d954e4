# A second deployment throws out the slot that runs. Its release can be had again, but the node runs on in what is gone.
#@ solution
ostree admin deploy --os=os releases:os/stable
old=$(ostree --repo=/releases rev-parse os/stable^)
ostree pull releases "$old"
ostree admin deploy --os=os "$old"
ostree admin set-default 1
