"""What is seen from outside: main in Git, the answer of the web service, what was written down, and times measured."""

import json
import os
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import yaml

CLONE = "/tmp/fleet"
JOURNAL = Path("/journal")
#: Seconds that a commit may still take: a poll, and the apply.
POLL = 15


def seen():
    events, received = lines("reconciler.jsonl"), lines("received.jsonl")
    head = main()
    return {
        "answer": answer(),
        "main": head,
        "events": events,
        "received": received,
        "patience": 0 if suspended(events) or settled(events, head.get("commit")) else POLL,
        "measured": {"commit-to-live": commits_to_live(events, received), "drift-to-healed": drifts_to_healed(events)},
    }


def lines(name):
    try:
        return [json.loads(line) for line in (JOURNAL / name).read_text().splitlines()]
    except (OSError, json.JSONDecodeError):
        return []


def suspended(events):
    said = [event["event"] for event in events if event["event"] in ("suspended", "resumed")]
    return said[-1:] == ["suspended"]


def settled(events, commit):
    """Whether the loop has dealt with this commit, and has seen none since."""
    verdicts = [event for event in events if event["event"] in ("seen", "live", "failed")]
    return bool(verdicts) and verdicts[-1]["event"] != "seen" and verdicts[-1]["commit"] == commit


def answer():
    try:
        with urllib.request.urlopen(f"http://node:{os.environ['PADDOCK_PORT']}/", timeout=3) as page:
            return page.read(1000).decode(errors="replace").strip()
    except (OSError, urllib.error.URLError):
        return None


def git(*words):
    done = subprocess.run(["git", "-C", CLONE, *words], capture_output=True, text=True, timeout=5)
    return done.stdout.splitlines() if done.returncode == 0 else []


def main():
    """The branch as it stands: its history, its rules, what it renders to; {} where Git does not answer."""
    cloned = subprocess.run(
        ["timeout", "5", "git", "clone", "--quiet", "--branch", "main", "http://git/fleet.git", CLONE],
        capture_output=True,
    )
    if cloned.returncode:
        return {}
    history = git("log", "--format=%H")
    same = git("rev-parse", *(f"{commit}:apps/web.yaml" for commit in history))
    return {
        "commit": history[0],
        "history": history,
        # Commits in which the web service is what it is now: any of them may have made what runs.
        "web_commits": [commit for commit, blob in zip(history, same, strict=False) if blob == same[0]],
        "rules": rules(),
        "apps": apps(),
    }


def rules():
    try:
        return yaml.safe_load(Path(CLONE, "sync.yaml").read_text())["spec"]
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return {}


def apps():
    """Message and image of each Deployment; None where nothing can be built."""
    built = subprocess.run(["kustomize", "build", f"{CLONE}/apps"], capture_output=True, text=True, timeout=5)
    if built.returncode:
        return None
    found = {}
    for document in filter(None, yaml.safe_load_all(built.stdout)):
        container = document["spec"]["template"]["spec"]["containers"][0]
        messages = [one.get("value") for one in container.get("env", []) if one["name"] == "MESSAGE"]
        found[document["metadata"]["name"]] = {"image": container["image"], "message": (messages or [None])[0]}
    return found


def commits_to_live(events, received):
    """From a push's arrival to the end of the pass that made it run; not where nothing changed or it was hurried."""
    took = []
    for event in events:
        if event["event"] == "live" and event["trigger"] == "poll" and event["changed"]:
            # A commit can arrive twice, when main is pushed back to it.
            arrived = [
                push["at"]
                for push in received
                if push["commit"] == event["commit"] and push["at"] <= event["at"] and push["ref"] == "refs/heads/main"
            ]
            took += [round(event["at"] - at, 3) for at in arrived[-1:]]
    return took


def drifts_to_healed(events):
    """From the death of what was changed by hand; not where self-heal was off at first, or it was hurried."""
    return [
        round(event["at"] - event["since"], 3)
        for event in events
        if event["event"] == "healed" and event["trigger"] == "poll" and event["healing"] and event["since"]
    ]
