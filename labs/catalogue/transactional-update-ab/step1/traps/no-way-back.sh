#@ solution
ostree admin undeploy 1
