mount -o remount,rw /
btrfs property set -t subvol / ro false
apt-get -qq update
apt-get -qq install "driver-$PADDOCK_STORAGE" "driver-$PADDOCK_DEVICE"
btrfs property set -t subvol / ro true
mount -o remount,bind,ro /
