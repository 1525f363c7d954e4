"""main is whole again, the bad commit is still in its history, and what ran before it has run on."""

from judging import equal, holds


def judge(see):
    said = [event for event in see.at("checker.events", []) if event["event"] in ("seen", "live", "failed")]
    last = said[-1] if said else {}
    yield holds(
        "applied", [last.get("event"), last.get("commit")] == ["live", see.at("checker.main.commit")],
        found={key: last.get(key) for key in ("event", "commit")},
        wanted="the last commit of main could be applied, and was", pointer="reconciler status, on the node",
        within=see.at("checker.patience", 0),
    )  # fmt: skip
    merged = [push for push in see.at("checker.received", []) if push["ref"] == "refs/heads/new-site"]
    bad, at = (merged[-1]["commit"], merged[-1]["at"]) if merged else ("the bad commit", 0)
    yield holds(
        "history-kept", bad in see.at("checker.main.history", []), found=see.at("checker.main.history", [])[:5],
        wanted=f"main still has {bad}", pointer="git log --graph origin/main",
    )  # fmt: skip
    late = see.at("node.containers.web-pod-site.started", at) - at if merged else 0
    yield holds(
        "never-down", late < 0, found=f"a web container of {late:.0f} s after the bad commit",
        wanted="the one of before it", pointer="podman ps, on the node",
    )  # fmt: skip
    yield equal("answers", see.at("checker.answer"), see["values"]["message"], pointer="curl the node")
