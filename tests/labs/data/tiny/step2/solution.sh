#@ engine replace peer
