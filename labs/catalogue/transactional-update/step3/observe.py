"""What the agent answers for the new drivers, and the snapshots as they are on the disk."""

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


wanted = [os.environ["PADDOCK_STORAGE"], os.environ["PADDOCK_DEVICE"]]
print(json.dumps(disk.read() | {"drivers": {name: answer(f"/drivers/{name}") for name in wanted}}))
