"""The default snapshot has both drivers; the one that ran at the start has not been written to; all is read-only."""

from judging import equal


def judge(see):
    wanted = sorted([see["values"]["storage"], see["values"]["device"]])
    default = see.at(f"checker.snapshots.{see.at('checker.default')}", {})
    old = see.at("start.node.root")
    yield equal(
        "drivers-in-default-snapshot", [name for name in wanted if name in default.get("drivers", {})], wanted,
        pointer="snapper list; transactional-update --help",
    )  # fmt: skip
    yield equal(
        "default-snapshot-read-only", default.get("read_only"), True,
        pointer="btrfs property get -t subvol /.snapshots/NUMBER/snapshot",
    )  # fmt: skip
    yield equal(
        "old-root-last-changed", see.at(f"checker.snapshots.{old}.changed"),
        see.at(f"start.checker.snapshots.{old}.changed", "as at the start"),
        pointer="the transaction that last wrote into the root you began with",
    )  # fmt: skip
    yield equal("root-mounted-read-only", see.at("node.mounted"), "ro", pointer="findmnt / (a reboot brings it back)")
