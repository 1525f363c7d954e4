: >/backup/snap.db
#@ undo
rm /backup/snap.db
