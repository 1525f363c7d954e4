"""What the cluster says of the key, which members answer, and what the snapshot gives back when it is restored."""

import base64
import json
import os
import subprocess
import time

KEY = f"/paddock/{os.environ['PADDOCK_KEY']}"
HERE = "http://127.0.0.1:2379"


def ask(endpoint, *words):
    """etcdctl's answer, or None when there is none in time."""
    command = ["etcdctl", "--endpoints", endpoint, "--dial-timeout=2s", "--command-timeout=3s", "-w", "json", *words]
    done = subprocess.run(command, capture_output=True, text=True)
    return json.loads(done.stdout) if done.returncode == 0 else None


def value(endpoint):
    found = ask(endpoint, "get", KEY) or {}
    return next((base64.b64decode(item["value"]).decode() for item in found.get("kvs", [])), None)


def restored():
    """The key in the snapshot: a cluster of one is made from it, here, and asked."""
    command = ["etcdutl", "snapshot", "restore", "/backup/snap.db", "--data-dir", "/tmp/restored"]
    if not os.path.exists("/backup/snap.db") or subprocess.run(command, capture_output=True).returncode:
        return None
    with subprocess.Popen(["etcd", "--data-dir", "/tmp/restored"], stdout=-3, stderr=-3) as etcd:
        try:
            for _ in range(50):
                if ask(HERE, "endpoint", "status"):
                    return value(HERE)
                time.sleep(0.1)
        finally:
            etcd.kill()
    return None


answering = [name for name in ("n1", "n2", "n3") if ask(f"http://{name}:2379", "get", KEY) is not None]
endpoint = f"http://{answering[0]}:2379" if answering else "http://n1:2379"
print(json.dumps({"answering": answering, "value": value(endpoint), "restored": restored()}))
