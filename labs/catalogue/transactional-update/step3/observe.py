"""What the agent answers for the new drivers, and the snapshots as they are on the disk."""

import json
import os

import agent
import disk

wanted = [os.environ["PADDOCK_STORAGE"], os.environ["PADDOCK_DEVICE"]]
print(json.dumps(disk.read() | {"drivers": {name: agent.answer(f"/drivers/{name}") for name in wanted}}))
