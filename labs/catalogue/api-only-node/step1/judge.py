"""The learner has a certificate of their own, and nothing was brought into the node."""

from judging import equal, holds


def judge(see):
    days, most = see.at("checker.days"), int(see["values"]["days"])
    ed25519, old = see.at("checker.ed25519"), see.at("checker.predecessors_key")
    yield equal("role", see.at("checker.roles"), ["os:admin"], pointer="curl -K admin.conf $NODE/v1/status")
    yield holds(
        "key-type", ed25519, found="ed25519" if ed25519 else "another", wanted="ed25519",
        pointer="openssl x509 -in admin.crt -noout -text",
    )  # fmt: skip
    yield holds(
        "new-key", old is False, found="the predecessor's" if old else "another", wanted="a new key",
        pointer="openssl genpkey -help",
    )  # fmt: skip
    yield holds(
        "lifetime", 0 < (days or 0) <= most, found=days, wanted=f"at most {most} days",
        pointer="openssl x509 -in admin.crt -noout -dates",
    )  # fmt: skip
    yield equal(
        "one-program", see.at("checker.executable"), ["/noded"], pointer="curl -K admin.conf $NODE/v1/files"
    )  # fmt: skip
