"""The node runs the snapshot that the faulty one was made from, the agent is well, and the culprit is known."""

from judging import equal, holds


def judge(see):
    values = see["values"]
    faulty = [s for s in see.at("checker.snapshots", {}).values() if s["drivers"].get(values["faulty"]) == "2.0"]
    good = faulty[0]["parent"] if faulty else "unknown: the faulty snapshot is gone"
    default = see.at("checker.default")
    yield holds(
        "good-snapshot-is-default", see.at(f"checker.snapshots.{default}.uuid") == good, found=f"subvolume {default}",
        wanted="the snapshot that the faulty one was made from, and the faulty one is kept", pointer="snapper list",
    )  # fmt: skip
    yield equal(
        "runs-the-default-snapshot", see.at("node.root"), see.at("checker.default", "the default"),
        pointer="btrfs subvolume get-default /, and what is mounted at /", within=3,
    )  # fmt: skip
    drivers = {f"/drivers/{values[name]}": f"{values[name]} 1.0" for name in ("storage", "device")}
    yield equal(
        "agent-answers", see.at("checker.agent"), {"/healthz": "ok", **drivers}, pointer="/var/log/agent.log", within=3
    )
    yield holds(
        "culprit", see.at("node.culprit") == f"driver-{values['faulty']}", found=see.at("node.culprit"),
        wanted="culprit=PACKAGE whose new version stopped the agent", pointer="/var/log/agent.log",
    )  # fmt: skip
