"""The key is in the cluster and in what the snapshot restores, and the cluster is whole."""

from judging import equal


def judge(see):
    wanted = see["values"]["value"]
    yield equal("key-in-cluster", see.at("checker.value"), wanted, pointer="etcdctl get")
    yield equal("key-in-snapshot", see.at("checker.restored"), wanted, pointer="etcdutl snapshot status")
    yield equal(
        "three-members-answer", see.at("checker.answering"), ["n1", "n2", "n3"], pointer="etcdctl endpoint health",
        within=3,
    )  # fmt: skip
