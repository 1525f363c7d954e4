"""The snapshots as they are on the disk."""

import json

import disk

print(json.dumps(disk.read()))
