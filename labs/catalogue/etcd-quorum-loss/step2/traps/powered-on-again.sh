#@ engine start n2
#@ engine start n3
#@ undo
#@ engine kill n2
#@ engine kill n3
