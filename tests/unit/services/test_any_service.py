"""Any world of services, put together at random: what holds of replicas, traffic and time in every one of them."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from simulator.kernel import Intervals
from simulator.kernel.intervals import steps
from tests.unit.worlds import breaks, config, fleet, image, microos, scenario, talos, world

some = st.sampled_from
minutes = st.integers(1, 1500).map(lambda n: f"{n}m")
any_world = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
NOTHING = tuple(np.zeros(0, kind) for kind in (int, float, float, float))


@st.composite
def traffics(draw):
    """What users ask, and what becomes of too much."""
    return {
        "demand": draw(st.integers(50, 700)),
        "capacity": 100,
        "failover": draw(some(["none", "region", "any"])),
        "retries": draw(st.integers(0, 3)),
        "overload": draw(some(["sheds", "collapses"])),
        **draw(some([{}, {"herd": {"factor": 3, "lasts": "10m"}}])),
        **draw(some([{}, {"admission": {"step": "25%", "every": "5m"}}])),
    }


@st.composite
def services(draw, name: str, nodes: int):
    """A service of any kind; a pinned replica has a node of its own."""
    replicas = draw(st.integers(1, 8))
    pdb = some([None, {"maxUnavailable": 0}, {"maxUnavailable": 1}, {"minAvailable": "50%"}])
    return {
        "name": name,
        "replicas": replicas,
        "needs": draw(some([1, replicas, "51%"])),
        "pdb": draw(pdb),
        "startup": draw(some(["20s", {"uniform": {"low": "5s", "high": "5m"}}])),
        "image": {"policy": draw(some(["IfNotPresent", "Always"])), "pull": draw(some(["0s", "1m"]))},
        "toleration": draw(some([None, "0s", "30s", "1h"])),
        "maxUnavailable": draw(some([1, "25%", "50%"])),
        "traffic": draw(st.one_of(st.none(), traffics())),
        **draw(some([{}, {"workload": "statefulset"}, *([{"pinned": True}] if replicas <= nodes else [])])),
    }


@st.composite
def faults(draw, number: int):
    """What befalls nodes, what replicas lean on, or a service itself."""
    component = draw(some(["boot.firmware", "disk", "kubelet", "network", "registry", "scheduler", "api", "web"]))
    when = st.one_of(
        st.fixed_dictionaries({"at": minutes}),
        st.fixed_dictionaries({"rate": some(["1/d", "10/d"])}),
        st.fixed_dictionaries({"at": minutes, "every": minutes}),
    )
    return {
        "name": f"fault-{number}",
        "trigger": draw(when),
        "lasts": draw(minutes),
        "probability": draw(some([1.0, 0.5])),
        "together": draw(some(["node", "node", "rack"])) if component in ("boot.firmware", "disk") else "node",
        **breaks(component),
    }


@st.composite
def changes(draw, number: int):
    """A new version of a service, of machines, or of nothing in particular; some are bad."""
    kind = draw(some(["image", "os", "config"]))
    at, name = draw(minutes), f"change-{number}"
    if kind == "os":
        return image(name, at=at, maxUnavailable=draw(st.integers(1, 3)))
    defect = breaks("web", mode=draw(some(["fail", "hang"])), clearedBy=["revert"])
    defect |= draw(some([{}, {"trigger": {"after": "1h"}}]))
    more = {"defect": defect} if draw(st.booleans()) else {}
    if kind == "config":
        return config(name, at=at, **more)
    gate = {"badClusters": 0, "for": "10m", "action": "revert"}
    rollout = {"rollout": {"stages": [{"bake": "3h", "gate": gate}]}} if draw(st.booleans()) else {}
    return {"name": name, "kind": "image", "service": "web", "at": at, **more, **rollout}


@st.composite
def specs(draw):
    """One or two services on some clusters, and what happens to them."""
    os = draw(some([talos(), microos(reboots="immediate"), talos(upgrade={"path": "legacy"})]))
    nodes = draw(st.integers(1, 8))
    entries = [{**fleet(os, nodes=nodes, clusters=2)[0], "name": name, "region": name} for name in ("eu", "us")]
    for entry in entries:
        entry["pools"] = [{**entry["pools"][0], "rackSize": 2}]
    return {
        "fleet": entries,
        "gitops": draw(some([{"engine": "push", "pipeline": "0s", "apply": "0s"}, {"engine": "flux"}])),
        "kubernetes": draw(some([{}, {"nodeMonitorGracePeriod": "0s", "imageGc": "1h"}])),
        "services": [draw(services("web", nodes)), draw(services("db", nodes))][: draw(st.integers(1, 2))],
        "faults": [draw(faults(k)) for k in range(draw(st.integers(0, 3)))],
        "changes": [draw(changes(k)) for k in range(draw(st.integers(0, 3)))],
        "horizon": "2d",
    }


def missing(found, replicas) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """For each cluster when the number of missing replicas changes, and to what."""
    where, begin, end, count = replicas.missing(np.ones(found.layout.clusters, bool))
    out = []
    for cluster in range(found.layout.clusters):
        mine = (where == cluster) & (end > begin)
        times = np.concatenate([begin[mine], end[mine]])
        out.append((cluster, *steps(times, np.concatenate([count[mine], -count[mine]]))))
    return out


def ordered(spells: Intervals) -> bool:
    """Sorted by entity and begin, none empty, disjoint in an entity."""
    same = spells.entity[1:] == spells.entity[:-1]
    return bool(
        (np.diff(spells.entity) >= 0).all()
        and (spells.begin < spells.end).all()
        and (spells.begin[1:][same] >= spells.end[:-1][same]).all()
    )


@any_world
@given(seed=st.integers(1, 100), spec=specs())
def test_any_world_conserves_its_replicas(seed, spec):
    """Never fewer than none is missing, each spell ends after it begins and takes no more than there are, down implies
    degraded, and short is what the counts say, but for a service that has nowhere to go."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = world(seed, **spec)
        for replicas in found.services:
            name, clusters = replicas.say.name, found.layout.clusters
            where, begin, end, count = replicas.missing(np.ones(clusters, bool))
            assert (end >= begin).all() and (begin >= 0).all()
            assert ((count >= 0) & (count <= replicas.replicas[where])).all()
            down, impaired = found.components.down(name), found.components.impaired(name)
            short = replicas.short(np.ones(clusters, bool))
            assert ordered(down) and ordered(impaired) and ordered(short)
            assert len(down.minus(impaired)) == 0 and len(short.minus(down)) == 0
            for cluster, times, level in missing(found, replicas):
                assert (level >= -1e-9).all()
                limit = max(int(replicas.replicas[cluster]) - replicas.say.needs_count + 1, 1)
                few = (level >= limit) & (times < found.horizon)
                assert short.covers(np.full(int(few.sum()), cluster), times[few]).all()
            if replicas.say.traffic is not None:
                told = found.kubernetes.traffic[name].story()
                assert ordered(told.collapsed) and ordered(told.overloaded)
                assert (told.unserved >= -1e-6).all() and np.isfinite(told.unserved).all()
                own = found.components.down(name, alone=True)
                assert len(told.collapsed.clip(0.0, found.horizon).both(own)) == 0


@any_world
@given(seed=st.integers(1, 100), spec=specs())
def test_at_most_all_replicas_are_missing(seed, spec):
    """What a rolling update takes away is missing besides, so that it is left out here; and the rest is of each node
    what it carries at most."""
    found = world(seed, **spec)
    for replicas in found.services:
        replicas.ground = replace(replicas.ground, updated=lambda _: NOTHING)
        for cluster, times, level in missing(found, replicas):
            top = level[times < found.horizon].max(initial=0.0)
            assert top <= replicas.replicas[cluster] + 1e-9, (replicas.say.name, cluster, top)


@any_world
@given(seed=st.integers(1, 100), spec=specs())
def test_the_same_seed_gives_the_same_bytes(seed, spec):
    first, again = (scenario(**spec).run(seed=seed).world for _ in range(2))

    def told(found) -> list:
        parts = [column for r in found.services for column in r.missing(np.ones(found.layout.clusters, bool))]
        parts += [t.story().unserved for t in found.kubernetes.traffic.values()]
        return [part.tobytes() for part in parts] + [repr(found.journal.entries(found.horizon))]

    assert told(first) == told(again)
