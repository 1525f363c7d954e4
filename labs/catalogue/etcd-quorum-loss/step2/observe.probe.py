"""How long it took until n1 refused, and from the start of the restored n1 until it no longer did."""

import json
from pathlib import Path

TIMES = Path("/times")


def when(name):
    """A point in time that was noted, or None."""
    file = TIMES / name
    return float(file.read_text()) if file.exists() else None


changes = [json.loads(line) for line in (TIMES / "answers").read_text().splitlines()]
lost, started = when("lost"), when("n1-started")
refused = [change["at"] for change in changes if not change["answers"] and lost and change["at"] > lost - 0.5]
accepted = [change["at"] for change in changes if change["answers"] and started and change["at"] > started]
measured = {}
if refused:
    measured["lost-to-refused"] = [max(0.0, refused[0] - lost)]
if refused and started > lost and accepted:
    measured["restored-to-writes"] = [accepted[0] - started]
print(json.dumps({"measured": measured}))
