"""What each member answers, and who belongs to the cluster as each of them sees it."""

import base64
import json
import os
import subprocess

KEY = f"/paddock/{os.environ['PADDOCK_KEY']}"


def ask(name, *words):
    """etcdctl's answer from one member, or None when there is none in time."""
    command = ["etcdctl", "--endpoints", f"http://{name}:2379", "--dial-timeout=2s", "--command-timeout=3s"]
    done = subprocess.run([*command, "-w", "json", *words], capture_output=True, text=True)
    return json.loads(done.stdout) if done.returncode == 0 else None


def member(name):
    found = ask(name, "get", KEY)
    members = ask(name, "member", "list") or {}
    return {
        "answers": found is not None,
        "value": next((base64.b64decode(item["value"]).decode() for item in (found or {}).get("kvs", [])), None),
        "cluster": sorted(one.get("name", "") for one in members.get("members", [])),
    }


print(json.dumps({name: member(name) for name in ("n1", "n2", "n3")}))
