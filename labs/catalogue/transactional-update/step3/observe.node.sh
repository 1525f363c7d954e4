# Which subvolume runs; the disk is read next, from outside, so all must be on it.
btrfs filesystem sync /var
jq -n --arg root "$(btrfs inspect-internal rootid /)" '{$root}'
