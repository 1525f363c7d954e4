faulty=$(snapper --csvout list --columns number | tail -1)
good=$(snapper --csvout list --columns number,description | sed -n "s/^$faulty,.*of #//p")
culprit=$(grep --only-matching 'drivers\.d/[a-z]*\.conf' /var/log/agent.log | tail -1)
sed -i '/^culprit=/d' /var/report
echo "culprit=driver-$(basename "$culprit" .conf)" >>/var/report
transactional-update rollback "$good"
#@ engine restart node
#@ node
until curl -fs localhost:10248/healthz; do sleep 0.1; done
