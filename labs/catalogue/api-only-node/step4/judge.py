"""Another CA has taken the place of the first, in one boot of the node, and all who should come in still do."""

from judging import equal, holds


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
    yield equal("first-ca", see.at("checker.first_ca"), "unknown ca", pointer=f"machine.acceptedCAs in {config}")
    yield equal("administrator", see.at("checker.admin"), ["os:admin"], pointer="curl -K admin.conf $NODE/v1/status")
    yield equal("agent", see.at("checker.agent"), ["os:reader"], pointer="curl -K agent.conf $NODE/v1/status")
