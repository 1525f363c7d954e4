jq '.machine.network.hostname = $ENV.PADDOCK_HOSTNAME
    | .machine.sysctls = .machine.sysctl
    | del(.machine.sysctl)
    | .machine.files[0].path = "/var/etc/motd"' draft.json >patch.json
curl -K admin.conf "$NODE/v1/config" | jq -s '.[0] * .[1]' - patch.json |
    curl -K admin.conf --data-binary @- "$NODE/v1/config?mode=auto"
until curl -K admin.conf "$NODE/v1/status" | jq -e '.hostname == $ENV.PADDOCK_HOSTNAME' >/dev/null; do sleep 0.1; done
