#@ solution
sed -n 's/^contract = //p' /proc/1/root/config/quote.conf >/report/successor
#@ undo
rm /report/status /report/successor
