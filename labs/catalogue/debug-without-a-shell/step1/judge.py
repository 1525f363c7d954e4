"""What can be seen only from beside the target is reported, and the target runs on as it was."""

from judging import equal, holds


def run(target):
    """One run of one container."""
    return {key: target.get(key) for key in ("id", "image", "started_at", "state")}


def judge(see):
    port, instance = see.at("checker.port"), see.at("checker.instance")
    yield holds(
        "port", port == see["values"]["port"], found=port, wanted="the second port on which the program listens",
        pointer="ss on debug",
    )  # fmt: skip
    yield holds(
        "instance", instance == see["values"]["instance"], found=instance, wanted="the name in the journal",
        pointer="the links in /proc/1/fd on debug",
    )  # fmt: skip
    yield equal(
        "target-untouched", run(see.at("engine.target", {})), run(see.at("start.engine.target", {})),
        pointer="paddock lab reset debug-without-a-shell",
    )  # fmt: skip
