#@ engine kill n2
#@ engine kill n3
