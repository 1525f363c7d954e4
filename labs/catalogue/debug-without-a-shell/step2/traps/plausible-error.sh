#@ solution
echo EPERM >/report/error
#@ undo
rm /report/file /report/error
