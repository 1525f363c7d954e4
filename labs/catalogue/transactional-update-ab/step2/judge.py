"""The node runs the first slot, the new release answers under the node's name, and the node is still the same."""

from judging import equal


def judge(see):
    yield equal(
        "runs-first-slot", see.at("node.slot"), see.at("checker.slots.0.path", "the first slot"),
        pointer="ostree admin status; ps 1 on the node", within=3,
    )  # fmt: skip
    answers = [see.at("checker.agent.release"), see.at("checker.agent.name")]
    yield equal(
        "agent-answers", answers, [see["values"]["release"], see["values"]["name"]],
        pointer="curl http://node:8080/release, and /name", within=3,
    )  # fmt: skip
    yield equal(
        "id-in-var", see.at("checker.agent.id"), see.at("start.checker.id", "as at the start"),
        pointer="/var/lib/node/id on the node", within=3,
    )  # fmt: skip
