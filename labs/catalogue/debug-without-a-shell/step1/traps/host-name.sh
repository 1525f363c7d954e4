#@ solution
hostname >/report/instance
#@ undo
rm /report/*
