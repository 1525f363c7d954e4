# All is well with the new release, and the old one is nowhere.
ostree admin deploy --os=os releases:os/stable
#@ solution
