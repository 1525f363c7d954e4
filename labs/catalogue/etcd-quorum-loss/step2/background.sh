#@ engine kill n2
#@ probe
date +%s.%N >/times/lost
#@ engine kill n3
