"""Another CA has taken the place of the first, in one boot of the node, and all who should come in still do."""

from judging import equal, holds


def judge(see):
    served = see.at("checker.served", [])
    config = "$NODE/v1/config"
    yield equal("ca-is-another", see.at("checker.same_ca"), False, pointer="openssl x509 -in /pki/ca.crt -noout -text")
    yield equal("node-verifies", see.at("checker.verified"), True, pointer=f"machine.ca in {config} and /pki/ca.crt")
    yield holds(
        "same-boot", see.at("checker.served.0.1"), found=[name for name, _ in served],
        wanted="since it booted the node has had a certificate by the first CA, then one by yours",
        pointer="serverCertificates in $NODE/v1/status",
    )  # fmt: skip
    yield equal("first-ca", see.at("checker.first_ca"), "unknown ca", pointer=f"machine.acceptedCAs in {config}")
    yield equal("administrator", see.at("checker.admin"), ["os:admin"], pointer="curl -K admin.conf $NODE/v1/status")
    yield equal("agent", see.at("checker.agent"), "let in", pointer="curl -K agent.conf $NODE/v1/status")
