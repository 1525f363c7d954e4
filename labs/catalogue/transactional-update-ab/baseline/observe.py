"""Who the node is at the start."""

import json

import machine

print(json.dumps({"id": machine.answer("/id")}))
