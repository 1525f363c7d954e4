"""Whether n1 promises what it reads, and what it knows of the key; the same of the snapshot."""

import base64
import json
import os
import subprocess
import time

KEY = f"/paddock/{os.environ['PADDOCK_KEY']}"
HERE = "http://127.0.0.1:2379"
N1 = "http://n1:2379"


def ask(endpoint, *words):
    """etcdctl's answer, or None when there is none in time."""
    command = ["etcdctl", "--endpoints", endpoint, "--dial-timeout=2s", "--command-timeout=3s", "-w", "json", *words]
    done = subprocess.run(command, capture_output=True, text=True)
    return json.loads(done.stdout) if done.returncode == 0 else None


def known(endpoint):
    """The key and how much history there is, as the member itself knows it: that needs no quorum."""
    key = ask(endpoint, "get", "--consistency=s", KEY) or {}
    history = ask(endpoint, "get", "--consistency=s", "--prefix", "--keys-only", "/history/") or {}
    for item in key.get("kvs", []):
        value = base64.b64decode(item["value"]).decode()
        return {"value": value, "create_revision": item["create_revision"], "history": len(history.get("kvs", []))}
    return {"value": None, "create_revision": None, "history": len(history.get("kvs", []))}


def peers():
    """Where others would reach the members, as n1 tells them; None while it has no quorum."""
    found = ask(N1, "member", "list")
    return found and sorted(url for member in found["members"] for url in member["peerURLs"])


def restored():
    """What the snapshot holds: a cluster of one is made from it, here, and asked."""
    command = ["etcdutl", "snapshot", "restore", "/backup/snap.db", "--data-dir", "/tmp/restored"]
    if not os.path.exists("/backup/snap.db") or subprocess.run(command, capture_output=True).returncode:
        return None
    with subprocess.Popen(["etcd", "--data-dir", "/tmp/restored"], stdout=-3, stderr=-3) as etcd:
        try:
            for _ in range(50):
                if ask(HERE, "endpoint", "status"):
                    return known(HERE)
                time.sleep(0.1)
        finally:
            etcd.kill()
    return None


promises = ask(N1, "get", KEY) is not None
print(json.dumps({"promises": promises, "n1": known(N1), "peers": promises and peers(), "restored": restored()}))
