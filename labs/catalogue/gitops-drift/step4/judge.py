"""main is whole again, the bad commit is still in its history, and what ran before it has run on."""

from judging import equal, holds


def judge(see):
    said = [event for event in see.at("checker.events", []) if event["event"] in ("seen", "live", "failed")]
    last = said[-1] if said else {}
    yield holds(
        "applied", [last.get("event"), last.get("commit")] == ["live", see.at("checker.main.commit")],
        found=f"{last.get('event')} {last.get('commit')}", wanted="the last commit of main could be applied, and was",
        pointer="reconciler status, on the node", within=see.at("checker.patience", 0),
    )  # fmt: skip
    merged = [push for push in see.at("checker.received", []) if push["ref"] == "refs/heads/new-site"]
    bad, at = (merged[-1]["commit"], merged[-1]["at"]) if merged else ("none", 0)
    yield holds(
        "history-kept", bad in see.at("checker.main.history", []), found=see.at("checker.main.history", [])[:5],
        wanted=f"main still has {bad}", pointer="git log --graph origin/main",
    )  # fmt: skip
    started = see.at("node.containers.web-pod-site.started", at)
    yield holds(
        "never-down", started < at, found=started,
        wanted=f"the web container of before the bad commit ({at:.0f})", pointer="podman ps, on the node",
    )  # fmt: skip
    yield equal("answers", see.at("checker.answer"), see["values"]["message"], pointer="curl the node")
