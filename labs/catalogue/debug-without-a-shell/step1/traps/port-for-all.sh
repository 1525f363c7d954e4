#@ solution
echo 8080 >/report/port
#@ undo
rm /report/*
