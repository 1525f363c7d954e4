culprit=$(grep --only-matching '[a-z]*\.conf' /var/log/agent.log | tail -1)
echo "culprit=driver-${culprit%.conf}" >>/var/report
mount -o remount,rw /
btrfs property set -t subvol / ro false
sed -i.bak /probe_interval/d "/usr/lib/agent/drivers.d/$culprit"
btrfs property set -t subvol / ro true
mount -o remount,bind,ro /
until curl -fs localhost:10248/healthz; do sleep 0.1; done
#@ undo
mount -o remount,rw /
btrfs property set -t subvol / ro false
for copy in /usr/lib/agent/drivers.d/*.bak; do mv "$copy" "${copy%.bak}"; done
btrfs property set -t subvol / ro true
mount -o remount,bind,ro /
pkill nginx
while curl -fs localhost:10248/healthz; do sleep 0.1; done
sed -i /culprit/d /var/report
