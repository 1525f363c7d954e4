"""The node goes by the new key alone, and the image satisfies nodes that know of it and nodes that do not yet."""

from judging import equal


def judge(see):
    verify = "cosign verify --key"
    yield equal("new-key", see.at("checker.next"), "signed", pointer=f"{verify} /trust/next.pub $REPO@DIGEST")
    yield equal("old-key", see.at("checker.old"), "signed", pointer=f"{verify} /trust/cosign.pub $REPO@DIGEST")
    yield equal("from-the-origin", see.at("node.origin"), "admitted", pointer="on node: admit $REPO@DIGEST")
    yield equal("from-the-mirror", see.at("node.mirror"), "admitted", pointer="on node: admit $MIRROR@DIGEST")
    said_of_forgery = see.at("node.forgery", "").partition(":")[0]
    yield equal("forgery-refused", said_of_forgery, "refused", pointer="on node: admit $REPO:nightly")
    yield equal(
        "forgery-as-it-was", see.at("checker.forgery"), "signed",
        pointer="who has the key signs again: leave $REPO:nightly as it is",
    )  # fmt: skip
