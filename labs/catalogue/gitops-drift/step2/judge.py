"""Drift was left alone while the rules said so, and was healed by a poll when they said otherwise."""

from judging import equal, holds


def judge(see):
    events = [event for event in see.at("checker.events", []) if event.get("object") == "web"]
    left = [event for event in events if event["event"] == "drift" and not event["healing"]]
    yield holds(
        "left-alone", left, found=f"{len(left)} times", wanted="web differed from Git while selfHeal was false",
        pointer="reconciler status, on the node", within=see.at("checker.patience", 0),
    )  # fmt: skip
    yield equal("self-heal-on", see.at("checker.main.rules.selfHeal"), True, pointer="sync.yaml on main")
    # A line in a journal is easily written: what is said to have been made must be known to Podman as well.
    started = set(see.at("node.started", []))
    healed = [
        event
        for event in events
        if event["event"] == "healed"
        and event["healing"]
        and event["trigger"] == "poll"
        and started.issuperset(event["ids"])
    ]
    down = see.at("node.containers.web-pod-site.state") != "running"
    yield holds(
        "healed-by-a-poll", healed, found=[event["how"] for event in healed],
        wanted="web was changed by hand while selfHeal was true, and a poll put it right",
        pointer="reconciler log, on the node", within=15 if down else see.at("checker.patience", 0),
    )  # fmt: skip
