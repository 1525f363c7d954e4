"""The node runs the first slot, the new release answers, the node is still the same, and there is a way back."""

from judging import equal, holds


def judge(see):
    new = see["values"]["release"]
    yield equal(
        "runs-first-slot", see.at("node.slot"), see.at("checker.slots.0.path", "the first slot"),
        pointer="ostree admin status; ps 1 on the node", within=3,
    )  # fmt: skip
    yield equal(
        "agent-answers", {name: see.at(f"checker.agent.{name}") for name in ("release", "name")},
        {"release": new, "name": see["values"]["name"]},
        pointer="curl http://node:8080/release, and /name", within=3,
    )  # fmt: skip
    yield equal(
        "id-in-var", see.at("checker.agent.id"), see.at("start.checker.id", "as at the start"),
        pointer="/var/lib/node/id on the node", within=3,
    )  # fmt: skip
    versions, old = [slot["version"] for slot in see.at("checker.slots", [])], str(int(new) - 1)
    yield holds(
        "way-back", old in versions, found=versions, wanted=f"release {old} in one of the slots",
        pointer="ostree admin status; paddock lab reset transactional-update-ab",
    )  # fmt: skip
