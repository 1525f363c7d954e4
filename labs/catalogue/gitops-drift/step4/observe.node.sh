# The containers on the node, by name, as its Podman knows them.
timeout 5 podman ps --all --format json | jq '{containers: map({key: .Names[0], value: {
    id: .Id, state: .State, started: .StartedAt, commit: .Labels["gitops/commit"]}}) | from_entries}'
