"""What the learner reports: KEY=VALUE lines."""

import json
from pathlib import Path

report = Path("/root/report")
lines = report.read_text(errors="replace").splitlines() if report.is_file() else []
print(json.dumps({key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}))
