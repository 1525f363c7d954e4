"""Another CA has taken the place of the first in one boot of the node, which lets in all whom it should and no more."""

from itertools import pairwise

from judging import equal, holds

REASONS = {
    "without a certificate": "certificate required",
    "an expired administrator": "certificate expired",
    "an administrator by the vendor's CA": "unknown ca",
}


def judge(see):
    same = see.at("checker.same_ca")
    served = see.at("checker.served", [])
    config = "$NODE/v1/config"
    yield holds(
        "new-key", same is False, found="the first CA's" if same else "another", wanted="a new key",
        pointer="openssl x509 -in ca.crt -noout -text",
    )  # fmt: skip
    yield equal("node-verifies", see.at("checker.verified"), "let in", pointer=f"machine.ca in {config}, and ca.crt")
    yield holds(
        "same-boot", see.at("checker.served.0.1"), found=[name for name, _ in served],
        wanted="since it booted the node has had a certificate by the first CA, then one by yours",
        pointer="serverCertificates in $NODE/v1/status",
    )  # fmt: skip
    trust = see.at("checker.trust", [])
    breaks = [f"{' and '.join(old)}, then {' and '.join(new)}" for old, new in pairwise(trust) if not {*old} & {*new}]
    yield holds(
        "nobody-locked-out", not breaks, found=breaks,
        wanted="no CA goes before clients of another are let in beside its own", pointer="trust in $NODE/v1/status",
    )  # fmt: skip
    yield equal("first-ca", see.at("checker.first_ca"), "unknown ca", pointer=f"machine.acceptedCAs in {config}")
    yield equal("strangers", see.at("checker.strangers"), REASONS, pointer=f"machine.acceptedCAs in {config}")
    yield equal("administrator", see.at("checker.admin"), ["os:admin"], pointer="curl -K admin.conf $NODE/v1/status")
    yield equal("agent", see.at("checker.agent"), ["os:reader"], pointer="curl -K agent.conf $NODE/v1/status")
