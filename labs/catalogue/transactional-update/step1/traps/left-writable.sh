#@ solution
mount -o remount,rw /
#@ undo
mount -o remount,bind,ro /
rm /var/report
