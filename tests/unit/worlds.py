"""Small worlds for the tests of the domain rooms: built from a few words, asked in a few words.

Durations are fixed unless a test says otherwise, so that times can be worked out by hand. Every world
that is made here is checked for what holds in all of them (`check`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import yaml

from simulator import Scenario
from simulator.kernel import Intervals
from simulator.nodes.states import State
from simulator.run.world import World

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

#: Talos with round numbers: pull and install take a minute each, a reboot 100 s, the services 20 s.
TALOS = {
    "name": "talos",
    "pull": "1m",
    "install": "1m",
    "reboot": "100s",
    "serviceStart": "20s",
    "rebootMode": "powercycle",
}
#: MicroOS with round numbers: a dup takes 5 minutes.
MICROOS = {"name": "microos", "dup": "5m", "reboot": "100s", "serviceStart": "20s"}
#: Flatcar with round numbers: fetching and writing take a minute each; locksmith reboots at once.
FLATCAR = {"name": "flatcar", "download": "1m", "install": "1m", "reboot": "100s", "serviceStart": "20s"}
#: Fedora CoreOS with round numbers.
FEDORA_COREOS = {"name": "fedora-coreos", "stage": "2m", "reboot": "100s", "serviceStart": "20s"}
#: A mutable server whose timer fires at six sharp.
MUTABLE = {
    "name": "mutable",
    "upgrades": {"randomDelay": "0s"},
    "upgrade": "5m",
    "reboot": "100s",
    "serviceStart": "20s",
}
BOOT = 120.0  # from the reboot order to Ready
UPGRADE = 120.0 + BOOT  # one Talos node with nothing to drain
#: People who answer at once, so that incidents take the time of their remedies.
QUICK = {"acknowledge": "1m", "diagnosis": "2m", "decision": "1m"}
#: When an unseeded rebootmgr reboots, seconds after local midnight: 03:30 and rand() % 5400.
REBOOT_TIME = 3.5 * HOUR + 3583.0


def talos(**settings: Any) -> dict:
    """Talos with some settings different."""
    return {**TALOS, **settings}


def microos(**settings: Any) -> dict:
    """MicroOS with some settings different."""
    return {**MICROOS, **settings}


def flatcar(**settings: Any) -> dict:
    """Flatcar with some settings different."""
    return {**FLATCAR, **settings}


def fedora_coreos(**settings: Any) -> dict:
    """Fedora CoreOS with some settings different."""
    return {**FEDORA_COREOS, **settings}


def mutable(**settings: Any) -> dict:
    """A mutable server with some settings different."""
    return {**MUTABLE, **settings}


def fleet(
    os: dict | str = "talos", nodes: int = 1, clusters: int = 1, control_plane: int = 0, **entry: Any
) -> list[dict]:
    """One fleet entry, `prod`, with a pool of workers and perhaps one of control planes."""
    known = (TALOS, MICROOS, FLATCAR, FEDORA_COREOS, MUTABLE)
    os = next(settings for settings in known if settings["name"] == os) if isinstance(os, str) else os
    pools = [{"name": "control", "role": "control-plane", "nodes": control_plane, "os": os}] if control_plane else []
    if nodes:
        pools.append({"name": "workers", "nodes": nodes, "os": os})
    return [{"name": "prod", "clusters": clusters, "pools": pools, **entry}]


def image(name: str = "v2", **change: Any) -> dict:
    """An OS image; `maxUnavailable` may be given for its one stage."""
    return _change(name, "os-image", change)


def config(name: str = "conf", **change: Any) -> dict:
    """A commit."""
    return _change(name, "config", change)


def _change(name: str, kind: str, change: dict) -> dict:
    stage = {key: change.pop(key) for key in ("maxUnavailable", "over", "waves", "bake", "gate") if key in change}
    if stage:
        change["rollout"] = {"stages": [stage]}
    return {"name": name, "kind": kind, **change}


def breaks(component: str, **condition: Any) -> dict:
    """A defect (or fault) that takes one component down; `mode` and `to` belong to the impairment."""
    impairment = {key: condition.pop(key) for key in ("mode", "to") if key in condition}
    return {"impairs": [{"component": component, **impairment}], **condition}


def power_cut(at: str, lasts: str, **fault: Any) -> dict:
    """Machines lose their power (or their hardware) at a time, and have it back after another."""
    return {"name": "power-cut", "trigger": {"at": at}, "lasts": lasts, **breaks("boot.firmware"), **fault}


def alert(expr: dict, **more: Any) -> dict:
    """An alert on an expression."""
    return {"name": "alarm", "expr": expr, **more}


def scenario(**spec: Any) -> Scenario:
    """A scenario with this spec; a day long, from a Monday's midnight UTC on. A node that is not ready is known as such
    at once, unless a test is about that."""
    at_once = {"nodeMonitorGracePeriod": "0s"}
    spec = {"start": "2026-03-02T00:00:00Z", "horizon": "1d", "kubernetes": at_once, **spec}
    return Scenario.parse(
        yaml.safe_dump(
            {"apiVersion": "paddock/v1alpha1", "kind": "Scenario", "metadata": {"name": "test"}, "spec": spec}
        )
    )


def world(seed: int = 1, **spec: Any) -> World:
    """The world of such a scenario after its run; checked."""
    found = scenario(**spec).run(seed=seed).world
    check(found)
    return found


# --- asking -----------------------------------------------------------------------------------------------


def state(found: World, node: int, at: float) -> str:
    """The state of a node at a time, by its name."""
    return State(int(found.nodes.agenda.state_at(np.array([node]), at)[0])).name


def version(found: World, node: int, at: float) -> str:
    """The version a node runs at a time."""
    return found.nodes.versions[found.nodes.versions_at(np.array([node]), at)[0][0]]


def default(found: World, node: int, at: float) -> str:
    """The version a node would boot at a time."""
    return found.nodes.versions[found.nodes.versions_at(np.array([node]), at)[1][0]]


def history(found: World, node: int, horizon: float | None = None) -> list[tuple[float, str]]:
    """What a node went through: (time, state); a state that goes on comes once, one of no length never."""
    agenda = found.nodes.agenda
    rows = np.sort(agenda.chain(np.array([node])))
    happened = agenda.happened(found.horizon if horizon is None else horizon)
    steps = [
        (float(agenda.times[r, k]), State(int(agenda.states[r, k])).name)
        for r in rows[rows > 0]
        for k in np.flatnonzero(happened[r])
    ]
    path: list[tuple[float, str]] = []
    for at, name in steps:
        if path and path[-1][0] == at:
            path.pop()
        if not path or path[-1][1] != name:
            path.append((at, name))
    return path


def path(found: World, node: int) -> list[str]:
    """The states a node went through."""
    return [name for _, name in history(found, node)]


def entered(found: World, node: int, name: str) -> float:
    """When a node first entered a state; infinity if it never did."""
    return next((at for at, what in history(found, node) if what == name), np.inf)


def spans(found: Intervals) -> list[tuple[int, float, float]]:
    """Intervals as tuples."""
    return list(zip(found.entity.tolist(), found.begin.tolist(), found.end.tolist(), strict=True))


def out(found: World) -> list[tuple[int, float, float]]:
    """When nodes could not serve."""
    return spans(found.nodes_out())


def down(found: World, component: str) -> list[tuple[int, float, float]]:
    """When a component or service was down, by cluster."""
    return spans(found.components.down(component).clip(0.0, found.horizon))


def said(found: World, what: str) -> list:
    """Entries of the journal of one kind, by time."""
    return [entry for entry in found.journal.entries(found.horizon) if entry.what == what]


def applied(found: World, number: int = 0) -> np.ndarray:
    """When a commit was applied, by cluster."""
    return np.concatenate([d.applied for d in found.carriers[number].deliveries])


def bad_node_hours(found: World) -> float:
    """Hours of nodes that were out of order, up to the horizon."""
    return float(found.nodes_bad().seconds(found.layout.nodes, found.horizon).sum()) / HOUR


# --- what holds in every world ----------------------------------------------------------------------------


def check(found: World) -> None:
    """Raise if a node is in two states at once or in none, or if something ends before it begins."""
    agenda, everyone = found.nodes.agenda, np.arange(found.layout.nodes)
    total = np.zeros(found.layout.nodes)
    first = np.full(found.layout.nodes, found.horizon)
    for name in State:
        chosen = np.zeros(len(State), bool)
        chosen[name] = True
        total += agenda.spans(chosen).clip(0.0, found.horizon).seconds(found.layout.nodes, found.horizon)
    for node in everyone:
        rows = np.sort(agenda.chain(np.array([node])))
        rows = rows[(rows > 0)]
        begins = agenda.begins[rows]
        assert (np.diff(begins) >= 0).all(), f"the plans of node {node} are not in the order of time"
        happened = agenda.happened(np.inf)[rows]
        taken = agenda.times[rows][happened]
        assert (np.diff(taken) >= 0).all(), f"the plans of node {node} overlap"
        assert (taken >= 0).all()
        if taken.size:
            first[node] = min(first[node], taken[0])
    np.testing.assert_allclose(
        total, found.horizon - first, atol=1e-6, err_msg="a node was in no state, or in two at once"
    )
    for drift in found.drifts:
        assert (drift.begin <= drift.end).all() and np.isfinite(drift.begin).all(), f"the drift of {drift.cause}"
    for condition in found.conditions:
        for spells in (condition.on_node, condition.on_cluster, condition.on_all):
            if spells is not None:
                grip = spells.intervals()
                assert (grip.begin < grip.end).all() and (grip.begin >= 0).all(), condition.name
    for incident in found.incidents:
        times = [
            incident.began_at,
            incident.paged_at,
            incident.queued_at,
            incident.acknowledged_at,
            incident.misdiagnosed_at,
            incident.diagnosed_at,
            incident.decided_at,
        ]
        times = [t for t in times if not np.isnan(t)]
        assert times == sorted(times), f"the incident of {incident.alert} runs backwards"
        for attempt in incident.attempts:
            assert not attempt.started_at < attempt.decided_at and not attempt.done_at < attempt.started_at
