"""What is seen from outside: main in Git, the answer of the web service, what was written down, and times measured."""

import http.client
import json
import os
import subprocess
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
    """What stands in a journal; a line that is none was not written by the lab."""
    try:
        written = (JOURNAL / name).read_text(errors="replace").splitlines()
    except OSError:
        return []
    found = []
    for line in written:
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return found


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
    except (OSError, http.client.HTTPException):
        return None


def git(*words, asked=""):
    done = subprocess.run(["git", "-C", CLONE, *words], input=asked, capture_output=True, text=True, timeout=5)
    return done.stdout.splitlines()


def main():
    """The branch as it stands: its history, its rules, what it renders to; {} where Git does not answer."""
    cloned = subprocess.run(
        ["timeout", "5", "git", "clone", "--quiet", "--branch", "main", "http://git/fleet.git", CLONE],
        capture_output=True,
    )
    if cloned.returncode:
        return {}
    history = git("log", "--format=%H")
    files = "".join(f"{commit}:apps/web.yaml\n" for commit in history)
    manifests = git("cat-file", "--batch-check=%(objectname)", asked=files)
    return {
        "commit": history[0],
        "history": history,
        # Commits in which the web service is what it is now: any of them may have made what runs.
        "web_commits": [commit for commit, file in zip(history, manifests, strict=True) if file == manifests[0]],
        "rules": rules(),
        "messages": messages(),
    }


def rules():
    try:
        return yaml.safe_load(Path(CLONE, "sync.yaml").read_text())["spec"]
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return {}


def messages():
    """What main would have each Deployment say; {} where nothing can be built."""
    built = subprocess.run(["kustomize", "build", f"{CLONE}/apps"], capture_output=True, text=True, timeout=5)
    found = {}
    for document in yaml.safe_load_all(built.stdout):
        try:
            variables = document["spec"]["template"]["spec"]["containers"][0]["env"]
            found[document["metadata"]["name"]] = next(one["value"] for one in variables if one["name"] == "MESSAGE")
        except (LookupError, TypeError, StopIteration):
            continue  # something else than the services of this lab
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
