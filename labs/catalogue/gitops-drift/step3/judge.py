"""What is gone from Git was pruned, nothing else was, and an empty render pruned nothing."""

from judging import equal, holds


def judge(see):
    legacy, patience = see["values"]["legacy"], see.at("checker.patience", 0)
    events = see.at("checker.events", [])
    services = see.at("checker.main.messages", {})
    yield equal("prune-on", see.at("checker.main.rules.prune"), True, pointer="sync.yaml on main")
    pruned = [event for event in events if event["event"] == "pruned" and event["object"] == legacy]
    removed = set(see.at("node.removed", []))
    yield holds(
        "pruned-by-the-loop", any(removed.issuperset(event["ids"]) for event in pruned), found=f"{len(pruned)} times",
        wanted=f"the loop removed {legacy}", pointer="reconciler log, on the node", within=patience,
    )  # fmt: skip
    yield equal(
        "gone", see.at(f"node.containers.{legacy}-pod-site.state", "gone"), "gone", pointer="podman ps, on the node",
        within=patience,
    )  # fmt: skip
    probe = {key: see.at(f"node.containers.probe.{key}") for key in ("id", "state")}
    yield equal(
        "probe-stays", probe, {"id": see.at("start.node.containers.probe.id"), "state": "running"},
        pointer="podman ps --all, on the node",
    )  # fmt: skip
    refused = [event for event in events if event["event"] == "failed" and event["reason"] == "empty"]
    history = see.at("checker.main.history", [])
    yield holds(
        "empty-render-refused", any(event["commit"] in history for event in refused), found=f"{len(refused)} times",
        wanted="a commit of main rendered to nothing, and the loop refused it", pointer="reconciler log, on the node",
        within=patience,
    )  # fmt: skip
    yield holds("web-in-main", "web" in services, found=sorted(services), wanted="web", pointer="kustomize build apps")
    yield equal("web-answers", see.at("checker.answer"), see["values"]["message"], pointer="curl the node")
