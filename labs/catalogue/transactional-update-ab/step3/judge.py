"""The good release is the first slot again, it is what runs, and the agent is well."""

from judging import equal


def judge(see):
    yield equal(
        "default-release", see.at("checker.slots.0.version"), see["values"]["release"], pointer="ostree admin status"
    )
    yield equal(
        "runs-first-slot", see.at("node.slot"), see.at("checker.slots.0.path", "the first slot"),
        pointer="ostree admin status; ps 1 on the node", within=3,
    )  # fmt: skip
    yield equal(
        "agent-answers", see.at("checker.agent"), {"healthz": "ok", "name": see["values"]["name"]},
        pointer="/var/log/agent.log on the node", within=3,
    )  # fmt: skip
