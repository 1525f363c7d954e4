#@ engine replace peer
#@ engine stop peer
