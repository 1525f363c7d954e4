"""The image that was built is in the registry, signed with a key that is the learner's and stays so."""

from judging import equal


def judge(see):
    verify = "cosign verify --key /trust/cosign.pub $REPO@DIGEST"
    yield equal("own-image", see.at("checker.own"), "signed", pointer=verify)
    yield equal("nothing-else", see.at("checker.contractor"), "not signed by this key", pointer="oras repo tags $REPO")
    yield equal(
        "key-and-password", see.at("build.private"), "belongs to /trust/cosign.pub",
        pointer="cosign public-key --key /root/cosign.key",
    )  # fmt: skip
    yield equal("private-key-stays", see.at("checker.private"), [], pointer="grep -r PRIVATE /trust")
