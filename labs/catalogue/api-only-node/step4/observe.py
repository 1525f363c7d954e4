"""By which CAs the node has certified itself since it booted, whose clients it has let in, and who gets in now."""

import json

from client import (
    PKI,
    Identity,
    ask,
    data,
    fingerprint,
    issue,
    let_in,
    public_key,
    public_part,
    role,
    roles,
    secret_ca,
    strangers,
)

first = secret_ca("first")
first_key = public_part(first.key)
checker = role("os:admin")
status = data(ask(checker, "GET /v1/status"))
evidence = {
    "same_ca": public_key(PKI / "ca.crt") == first_key,
    "verified": let_in(checker, PKI / "ca.crt"),
    "served": [[one["by"], one["caKey"] == fingerprint(first_key)] for one in status.get("serverCertificates", [])],
    "trust": [[f"{ca['by']} ({ca['caKey']})" for ca in one["in"]] for one in status.get("trust", [])],
    "first_ca": let_in(issue(first, "/O=os:admin/CN=from-before")),
    "strangers": strangers(),
    "admin": roles(Identity(PKI / "admin.crt", PKI / "admin.key")),
    "agent": roles(Identity(PKI / "agent.crt", PKI / "agent.key")),
}
print(json.dumps(evidence))
