# In the right place, but no package: the next upgrade knows nothing of them.
transactional-update run touch "/usr/lib/agent/drivers.d/$PADDOCK_STORAGE.conf" "/usr/lib/agent/drivers.d/$PADDOCK_DEVICE.conf"
#@ undo
transactional-update rollback
