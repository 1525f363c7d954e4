#@ n1
member stop
