"""The node admits the learner's image and refuses whatever lacks the right signature for its name."""

from judging import equal


def judge(see):
    yield equal("own-image", see.at("node.own"), "admitted", pointer="on node: admit $REPO@DIGEST")
    yield equal("altered", said(see, "altered"), "refused", pointer="on node: admit $REPO:nightly")
    yield equal("another-key", said(see, "contractor"), "refused", pointer="on node: admit $REPO:contractor")
    yield equal("unsigned", said(see, "unsigned"), "refused", pointer="on node: admit registry.local/tools/debug:1")
    yield equal("another-name", said(see, "other_name"), "refused", pointer="policy.json: signedIdentity")
    yield equal("elsewhere", said(see, "elsewhere"), "refused", pointer="policy.json: default")


def said(see, image):
    """The node's verdict without its reason."""
    return see.at(f"node.{image}", "").partition(":")[0]
