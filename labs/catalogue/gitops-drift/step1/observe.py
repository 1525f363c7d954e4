"""Git, the web service and the journals, as seen from outside."""

import json

import outside

print(json.dumps(outside.seen()))
