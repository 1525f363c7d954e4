transactional-update pkg install "driver-$PADDOCK_STORAGE"
transactional-update --continue pkg install "driver-$PADDOCK_DEVICE"
