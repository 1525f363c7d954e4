#@ solution
curl -K admin.conf --request POST "$NODE/v1/reboot"
