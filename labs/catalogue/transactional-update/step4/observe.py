"""What the agent answers, and the snapshots as they are on the disk."""

import json
import os
import urllib.request

import disk


def answer(path):
    try:
        with urllib.request.urlopen(f"http://node:10248{path}", timeout=3) as reply:
            return reply.read().decode().strip()
    except OSError:
        return None


paths = ["/healthz", *(f"/drivers/{os.environ[name]}" for name in ("PADDOCK_STORAGE", "PADDOCK_DEVICE"))]
print(json.dumps(disk.read() | {"agent": {path: answer(path) for path in paths}}))
