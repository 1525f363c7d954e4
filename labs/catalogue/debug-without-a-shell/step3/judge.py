"""What the supplier says is reported, and the target runs on as it was."""

from judging import equal, holds


def run(target):
    """One run of one container."""
    return {key: target.get(key) for key in ("id", "image", "started_at", "state")}


def judge(see):
    status, successor = see.at("checker.status"), see.at("checker.successor")
    yield holds(
        "status", status == see["values"]["refusal"], found=status, wanted="the number with which supplier answers",
        pointer="tcpdump on debug",
    )  # fmt: skip
    yield holds(
        "successor", successor == see["values"]["successor"], found=successor, wanted="the contract that is named",
        pointer="the headers of the answer in tcpdump",
    )  # fmt: skip
    yield equal(
        "target-untouched", run(see.at("engine.target", {})), run(see.at("start.engine.target", {})),
        pointer="paddock lab reset debug-without-a-shell",
    )  # fmt: skip
