#@ solution
default=$(snapper --csvout list --columns number,default | sed -n 's/,yes$//p')
btrfs property set -t subvol "/.snapshots/$default/snapshot" ro false
#@ undo
transactional-update rollback
