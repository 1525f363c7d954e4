"""What the node says it is, and the file that the config should have made."""

import json

from client import ask, data, role

admin = role("os:admin")
status = data(ask(admin, "GET /v1/status"))
file = ask(admin, "GET /v1/read?path=/var/etc/motd")
print(json.dumps({"status": status, "motd": file.get("text", "").strip() if file["code"] == 200 else None}))
