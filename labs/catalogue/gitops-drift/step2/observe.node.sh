# The containers that run on the node, and when each that ever ran was started, as its Podman knows them.
containers=$(podman ps --all --format json | jq 'map({key: .Names[0], value: {id: .Id, state: .State}}) | from_entries')
podman events --stream=false --since 24h --filter event=start --format json |
    jq --slurp --argjson containers "$containers" '{$containers, started: map(select(.Type == "container").ID)}'
