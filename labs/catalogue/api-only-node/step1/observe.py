"""Who the node takes the learner for, what certificate that is, and which files of the node could be started."""

import json
from datetime import datetime

from client import PKI, Identity, ask, data, is_ed25519, openssl, public_key, public_part, role, roles, secret_key

LEARNER = Identity(PKI / "admin.crt", PKI / "admin.key")


def days():
    """How long the certificate lives, from its first second to its last."""
    said = openssl("x509", "-in", LEARNER.crt, "-noout", "-startdate", "-enddate", "-dateopt", "iso_8601")
    if said is None:
        return None
    begin, end = (datetime.fromisoformat(line.partition("=")[2]) for line in said.decode().split("\n")[:2])
    return round((end - begin).total_seconds() / 86400, 1)


key = public_key(LEARNER.crt)
# /.dockerenv is the engine's own mark: empty, whatever its mode says.
listed = [entry for entry in data(ask(role("os:reader"), "GET /v1/files")) if entry["size"]]
evidence = {
    "roles": roles(LEARNER),
    "days": days(),
    "ed25519": is_ed25519(key),
    "predecessors_key": key == public_part(secret_key("first-admin")),
    "executable": [entry["path"] for entry in listed if "x" in entry["mode"]],
}
print(json.dumps(evidence))
