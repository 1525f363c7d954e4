"""The learner has told which subvolume and which snapshot ran at the start, and has left the root as it was."""

from judging import equal, holds


def judge(see):
    report = see.at("node.report", {})
    yield holds(
        "subvolume", report.get("subvolume") == see.at("start.node.root", ""), found=report.get("subvolume"),
        wanted="subvolume=ID of what is mounted at /", pointer="btrfs subvolume --help",
    )  # fmt: skip
    yield holds(
        "snapshot", report.get("snapshot") == see["values"]["snapshots"], found=report.get("snapshot"),
        wanted="snapshot=NUMBER that snapper marks", pointer="snapper list",
    )  # fmt: skip
    yield equal("root-mounted-read-only", see.at("node.mounted"), "ro", pointer="findmnt / (a reboot brings it back)")
