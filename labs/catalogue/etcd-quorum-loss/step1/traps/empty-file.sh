: >/backup/snap.db
