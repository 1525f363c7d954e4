curl -K admin.conf "$NODE/v1/config" | tee /tmp/before.json | jq '
    .machine.network.hostname = $ENV.PADDOCK_HOSTNAME
    | .machine.sysctls[$ENV.PADDOCK_SYSCTL] = $ENV.PADDOCK_LIMIT
    | .machine.files = [{path: "/var/etc/motd", permissions: "0644", content: $ENV.PADDOCK_MOTD}]' |
    curl -K admin.conf --data-binary @- "$NODE/v1/config?mode=staged"
#@ undo
curl -K admin.conf --data-binary @/tmp/before.json "$NODE/v1/config?mode=no-reboot"
