"""The slots as they are on the disk."""

import json

import machine

print(json.dumps({"slots": machine.slots()}))
