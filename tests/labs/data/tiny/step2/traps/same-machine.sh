#@ engine start peer
