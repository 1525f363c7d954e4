"""What the learner reports."""

import json

import report

print(json.dumps(report.facts("status", "successor")))
