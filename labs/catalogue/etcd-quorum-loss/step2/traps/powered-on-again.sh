#@ engine start n2
#@ engine start n3
