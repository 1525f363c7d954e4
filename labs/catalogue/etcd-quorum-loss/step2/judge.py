"""n1 answers with quorum again, with all the history of the snapshot, without the machines that are lost."""

from judging import equal, every, holds


def judge(see):
    promises = see.at("checker.promises")
    yield holds(
        "linearizable-reads", promises, found=promises, wanted="n1 answers a plain get",
        pointer="etcdctl --endpoints http://n1:2379 endpoint health", within=3,
    )  # fmt: skip
    yield equal("value", see.at("checker.n1.value"), see["values"]["value"], pointer="etcdctl get", within=3)
    yield equal(
        "written-when", see.at("checker.n1.create_revision"),
        see.at("checker.restored.create_revision", "as in snap.db"),
        pointer="create_revision in etcdctl get KEY -w json", within=3,
    )  # fmt: skip
    yield equal(
        "whole-history", see.at("checker.n1.history"), int(see["values"]["noise"]),
        pointer="etcdctl get --prefix --keys-only /history/", within=3,
    )  # fmt: skip
    peers = see.at("checker.peers")
    yield holds(
        "others-can-come", not promises or "http://n1:2380" in (peers or []), found=peers, wanted="http://n1:2380",
        pointer="the peer URL in etcdctl member list, a flag of the restore",
    )  # fmt: skip
    lost = [see.at(f"engine.{name}", {}) for name in ("n2", "n3")]
    old = [see.at(f"start.engine.{name}.id") for name in ("n2", "n3")]
    yield holds(
        "lost-stay-lost", every(lost, lambda one: one.get("state") != "running" or one.get("id") not in old),
        found={name: see.at(f"engine.{name}.state") for name in ("n2", "n3")},
        wanted="the burnt-out machines are not used", pointer="paddock lab status",
    )  # fmt: skip
