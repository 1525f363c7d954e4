#@ solution
#@ n3
member stop
