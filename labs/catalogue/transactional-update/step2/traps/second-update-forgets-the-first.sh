transactional-update pkg install "driver-$PADDOCK_STORAGE"
transactional-update pkg install "driver-$PADDOCK_DEVICE"
#@ undo
transactional-update rollback
