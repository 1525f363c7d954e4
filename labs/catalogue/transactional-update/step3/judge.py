"""The node runs its default snapshot, and the agent has both drivers."""

from judging import equal


def judge(see):
    wanted = {see["values"][name]: f"{see['values'][name]} 1.0" for name in ("storage", "device")}
    yield equal(
        "runs-the-default-snapshot", see.at("node.root"), see.at("checker.default", "the default"),
        pointer="btrfs subvolume get-default /, and what is mounted at /", within=3,
    )  # fmt: skip
    yield equal(
        "agent-has-the-drivers", see.at("checker.drivers"), wanted, pointer="curl http://node:10248/drivers/NAME",
        within=3,
    )  # fmt: skip
