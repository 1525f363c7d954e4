"""One cluster of three, all answering, all with the key, on machines that are not those that were lost."""

from judging import equal

NAMES = ["n1", "n2", "n3"]


def judge(see):
    yield equal(
        "all-answer", [name for name in NAMES if see.at(f"checker.{name}.answers")], NAMES,
        pointer="etcdctl endpoint health", within=4,
    )  # fmt: skip
    values = {see.at(f"checker.{name}.value") for name in NAMES if see.at(f"checker.{name}.answers")}
    yield equal(
        "all-have-the-key", sorted(values, key=str), [see["values"]["value"]],
        pointer="etcdctl --endpoints http://n3:2379 get", within=4,
    )  # fmt: skip
    yield equal("one-cluster", see.at("checker.n1.cluster"), NAMES, pointer="etcdctl member list", within=4)
    wanted = dict.fromkeys(NAMES[1:], "a fresh one")
    yield equal(
        "fresh-machines", {name: machine(see, name) for name in wanted}, wanted,
        pointer="paddock lab machine etcd-quorum-loss replace n2",
    )  # fmt: skip


def machine(see, name):
    """Whether a machine is the one that was there at the start."""
    id = see.at(f"engine.{name}.id")
    return "gone" if id is None else "the old one" if id == see.at(f"start.engine.{name}.id") else "a fresh one"
