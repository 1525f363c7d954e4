# The containers on the node, and which were ever started, as its Podman knows them.
containers=$(timeout 5 podman ps --all --format json |
    jq 'map({key: .Names[0], value: {id: .Id, state: .State}}) | from_entries')
timeout 5 podman events --stream=false --since 24h --filter event=start --format json |
    jq --slurp --argjson containers "$containers" '{$containers, started: map(select(.Type == "container").ID)}'
