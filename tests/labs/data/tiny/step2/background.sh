#@ engine stop peer
