"""The snapshots as they are at the start."""

import json

import disk

print(json.dumps(disk.read()))
