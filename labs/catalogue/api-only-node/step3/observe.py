"""What the agent may do with its certificate, and what becomes of those who should not be let in."""

import json

from client import PKI, Identity, ask, issue, strangers

AGENT = Identity(PKI / "agent.crt", PKI / "agent.key")


def outcome(answer):
    """What a caller sees. A call with a wrong mode changes nothing; 400 says that a right one would be obeyed."""
    if answer["code"] in (200, 400):
        return "allowed"
    return "refused" if answer["code"] == 403 or "refused" in answer else answer["why"]


def heir():
    """An administrator whom the agent has made, if it can: its own certificate stands in between, as a CA's would."""
    made = issue(AGENT, "/O=os:admin/CN=heir")
    if AGENT.crt.exists() and made.crt.exists():
        made.crt.write_text(made.crt.read_text() + AGENT.crt.read_text())
    return made


evidence = {
    "agent": {
        "status": outcome(ask(AGENT, "GET /v1/status")),
        "reboot": outcome(ask(AGENT, "POST /v1/reboot?mode=none")),
        "config": outcome(ask(AGENT, "POST /v1/config?mode=none")),
    },
    "heir": outcome(ask(heir(), "GET /v1/config")),
    "strangers": strangers(),
}
print(json.dumps(evidence))
