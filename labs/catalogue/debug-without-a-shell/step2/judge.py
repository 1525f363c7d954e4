"""The call that fails is reported, and the target runs on as it was."""

from judging import equal, holds


def run(target):
    """One run of one container."""
    return {key: target.get(key) for key in ("id", "image", "started_at", "state")}


def judge(see):
    file, error = see.at("checker.file"), see.at("checker.error")
    yield holds(
        "file", file == f"/data/{see['values']['zone']}.tsv", found=file, wanted="the path that the program asks for",
        pointer="strace on debug",
    )  # fmt: skip
    yield holds(
        "error", error == see["values"]["fault"], found=error, wanted="the name of the error that the kernel answers",
        pointer="the result at the end of the line in strace",
    )  # fmt: skip
    yield equal(
        "target-untouched", run(see.at("engine.target", {})), run(see.at("start.engine.target", {})),
        pointer="paddock lab reset debug-without-a-shell",
    )  # fmt: skip
