"""The learner has a certificate of their own, and nothing was brought into the node."""

from judging import equal, holds


def judge(see):
    days, most = see.at("checker.days"), int(see["values"]["days"])
    answer = see.at("checker.answer")
    roles = see.at("checker.roles")
    yield holds(
        "role", roles == ["os:admin"], found=roles or answer, wanted=["os:admin"],
        pointer="curl -K admin.conf $NODE/v1/status",
    )  # fmt: skip
    yield equal("key-type", see.at("checker.ed25519"), True, pointer="openssl x509 -in /pki/admin.crt -noout -text")
    yield equal(
        "predecessors-key", see.at("checker.predecessors_key"), False, pointer="the key in /pki/admin.key is a new one"
    )  # fmt: skip
    yield holds(
        "lifetime", 0 < (days or 0) <= most, found=days, wanted=f"at most {most} days",
        pointer="openssl x509 -in /pki/admin.crt -noout -dates",
    )  # fmt: skip
    yield equal(
        "one-program", see.at("checker.executable"), ["/noded"], pointer="curl -K admin.conf $NODE/v1/files"
    )  # fmt: skip
