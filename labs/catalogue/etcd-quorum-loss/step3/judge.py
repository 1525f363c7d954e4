"""One cluster of three, all answering, all with the key, on machines that are not those that were lost."""

from judging import equal, every, holds

NAMES = ["n1", "n2", "n3"]


def judge(see):
    yield equal(
        "all-answer", [name for name in NAMES if see.at(f"checker.{name}.answers")], NAMES,
        pointer="etcdctl endpoint health", within=4,
    )  # fmt: skip
    values = {see.at(f"checker.{name}.value") for name in NAMES if see.at(f"checker.{name}.answers")}
    yield equal(
        "all-have-the-key", sorted(map(str, values)), [see["values"]["value"]],
        pointer="etcdctl --endpoints http://n3:2379 get", within=4,
    )  # fmt: skip
    yield equal("one-cluster", see.at("checker.n1.cluster"), NAMES, pointer="etcdctl member list", within=4)
    machines = [(see.at(f"engine.{name}.id"), see.at(f"start.engine.{name}.id")) for name in NAMES[1:]]
    yield holds(
        "fresh-machines", every(machines, lambda ids: ids[0] and ids[0] != ids[1]), found=[ids[0] for ids in machines],
        wanted="n2 and n3 are replaced", pointer="paddock lab machine etcd-quorum-loss replace n2",
    )  # fmt: skip
