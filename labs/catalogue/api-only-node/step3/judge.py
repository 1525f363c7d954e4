"""The agent reads and does no more, and nobody came in with it."""

from judging import equal

REASONS = {
    "without a certificate": "certificate required",
    "an expired administrator": "certificate expired",
    "an administrator by the vendor's CA": "unknown ca",
}


def judge(see):
    agent = see.at("checker.agent", {})
    yield equal("agent-reads", agent.get("status"), "allowed", pointer="curl -K agent.conf $NODE/v1/status")
    yield equal(
        "agent-only-reads", {name: agent.get(name) for name in ("reboot", "config")},
        {"reboot": "refused", "config": "refused"},
        pointer="the role in openssl x509 -in agent.crt -noout -subject",
    )  # fmt: skip
    yield equal(
        "agent-makes-no-administrators", see.at("checker.heir"), "refused",
        pointer="the extensions in openssl x509 -in agent.crt -noout -text",
    )  # fmt: skip
    yield equal("strangers", see.at("checker.strangers"), REASONS, pointer="acceptedCAs in $NODE/v1/config")
