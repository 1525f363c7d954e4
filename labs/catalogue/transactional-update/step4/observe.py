"""What the agent answers, and the snapshots as they are on the disk."""

import json
import os

import agent
import disk

paths = ["/healthz", *(f"/drivers/{os.environ[name]}" for name in ("PADDOCK_STORAGE", "PADDOCK_DEVICE"))]
print(json.dumps(disk.read() | {"agent": {path: agent.answer(path) for path in paths}}))
