"""Another peer runs."""

from judging import equal, holds


def judge(see):
    yield equal("running", see.at("engine.peer.state"), "running", pointer="paddock lab status")
    fresh = see.at("engine.peer.id") != see.at("start.engine.peer.id")
    yield holds("fresh", fresh, found=see.at("engine.peer.id"), wanted="another machine", pointer="replace")
