# The agent gets what it needs, until the next reboot; the rest of the system never does.
default=$(snapper --csvout list --columns number,default | sed -n 's/,yes$//p')
mount --bind "/.snapshots/$default/snapshot/usr/lib/agent" /usr/lib/agent
nginx -c /usr/lib/agent/agent.conf -s reload
#@ undo
umount /usr/lib/agent
nginx -c /usr/lib/agent/agent.conf -s reload
