# The containers that are on the node, and which were ever removed, as its Podman knows them.
containers=$(podman ps --all --format json | jq 'map({key: .Names[0], value: {id: .Id, state: .State}}) | from_entries')
podman events --stream=false --since 24h --filter event=remove --format json |
    jq --slurp --argjson containers "$containers" '{$containers, removed: map(select(.Type == "container").ID)}'
