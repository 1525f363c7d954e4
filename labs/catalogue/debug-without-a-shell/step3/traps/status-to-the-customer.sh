#@ solution
curl -s -o /dev/null -w '%{http_code}' localhost:8080/rate >/report/status
#@ undo
rm /report/status /report/successor
