"""The new release is in the first slot, with this node's name; the old one, which runs, is untouched in the second."""

from judging import equal, every, holds


def judge(see):
    new = see["values"]["release"]
    slots = see.at("checker.slots", [])
    yield equal(
        "first-and-second-slot", [slot["version"] for slot in slots], [new, str(int(new) - 1)],
        pointer="ostree admin status",
    )  # fmt: skip
    yield equal(
        "name-in-etc", see.at("checker.slots.0.name"), see["values"]["name"],
        pointer="etc/agent.d/name.conf in the new slot; ostree admin deploy --help",
    )  # fmt: skip
    yield holds(
        "usr-as-released", every(slots, lambda slot: slot["as_released"]),
        found=[slot["version"] for slot in slots if not slot["as_released"]], wanted="no slot edited below usr",
        pointer="ostree diff",
    )  # fmt: skip
    running = see.at("node.slot", "")
    yield holds(
        "running-slot-kept", running in [slot["path"] for slot in slots], found=running,
        wanted="the slot that runs is still the one that was started", pointer="ostree admin status; ps 1 on the node",
    )  # fmt: skip
