# All is found out, and then "let us see whether a restart helps".
#@ solution
#@ engine restart target
