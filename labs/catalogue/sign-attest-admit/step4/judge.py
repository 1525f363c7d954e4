"""The mirror has the image with all that proves it, and the node asks as much of the mirror as of the origin."""

from judging import equal


def judge(see):
    yield equal("from-the-mirror", see.at("node.mirror"), "admitted", pointer="on node: admit $MIRROR@DIGEST")
    yield equal("from-the-origin", see.at("node.origin"), "admitted", pointer="on node: admit $REPO@DIGEST")
    yield equal(
        "attestations", see.at("checker.attested"), ["cyclonedx", "slsaprovenance1"],
        pointer="cosign verify-attestation --key /trust/cosign.pub $MIRROR@DIGEST",
    )  # fmt: skip
    said_of_other_name = see.at("node.other_name", "").partition(":")[0]
    yield equal("another-name", said_of_other_name, "refused", pointer="policy.json: the rules for mirror.local")
