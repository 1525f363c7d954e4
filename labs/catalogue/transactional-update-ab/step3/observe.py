"""The slots as they are on the disk, and what the agent answers."""

import json

import machine

answers = {name: machine.answer(f"/{name}") for name in ("healthz", "name")}
print(json.dumps({"slots": machine.slots(), "agent": answers}))
