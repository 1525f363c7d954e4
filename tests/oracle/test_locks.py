"""Reboot locks against a model that takes one event after the other."""

from __future__ import annotations

import heapq

import numpy as np
import pytest

from simulator import facts
from simulator.nodes.locks import Locks, Waiters
from tests.oracle.fleets import DAY, HOUR, scenario

HORIZON = 4 * DAY


def naive(lock, ready, holds, again, slots, ask) -> tuple[dict[int, float], list[tuple[int, float]]]:
    """Who gets a slot when, event by event: every node asks at each of its times until it has got one."""
    free = [[-np.inf] * n for n in slots]
    asks = [(ask(node, at), node) for node, at in enumerate(ready)]
    heapq.heapify(asks)
    granted: dict[int, float] = {}
    given_up: list[tuple[int, float]] = []
    while asks:
        at, node = heapq.heappop(asks)
        if at > HORIZON:
            continue
        mine = free[lock[node]]
        if min(mine) > at:
            heapq.heappush(asks, (ask(node, at + 1e-3), node))
            continue
        mine[mine.index(min(mine))] = at + holds[node]
        if again[node]:
            given_up.append((node, at))
            heapq.heappush(asks, (ask(node, at + holds[node]), node))
        else:
            granted[node] = at
    return granted, given_up


@pytest.mark.parametrize("seed", range(40))
def test_slots_are_given_as_one_event_after_the_other_would(seed):
    draw = np.random.default_rng(seed)
    locks_count, nodes = int(draw.integers(1, 6)), int(draw.integers(1, 60))
    slots = draw.integers(1, 4, locks_count).tolist()
    lock = draw.integers(0, locks_count, nodes)
    ready, period = draw.uniform(0, 6 * HOUR, nodes), draw.uniform(60, 3600, nodes)
    phase = draw.uniform(0, 1, nodes) * period
    holds = np.where(draw.uniform(size=nodes) < 0.05, np.inf, draw.uniform(30, 900, nodes))
    again = (draw.uniform(size=nodes) < 0.1) & np.isfinite(holds)

    def tick(who, at):
        return phase[who] + np.ceil((at - phase[who]) / period[who]) * period[who]

    wanted, wanted_up = naive(lock, ready, holds, again, slots, tick)
    table = Locks.__new__(Locks)  # its queue alone: no fleet
    table.slots = slots
    free = np.where(np.arange(max(slots)) < np.array(slots)[:, None], -np.inf, np.inf)
    waiters = Waiters(lock, ready, holds, np.full(nodes, np.inf), again)
    given = table.give(waiters, free, tick, HORIZON)
    assert dict(zip(given.index.tolist(), given.at.tolist(), strict=True)) == pytest.approx(wanted)
    found = sorted(zip(given.given_up.tolist(), given.given_up_at.tolist(), strict=True))
    assert [who for who, _ in found] == [who for who, _ in sorted(wanted_up)]
    assert [at for _, at in found] == pytest.approx([at for _, at in sorted(wanted_up)])


def kured(nodes: int, seed: int = 3):
    """One cluster under Kured, with machines that die and come back meanwhile."""
    os = {
        "name": "flatcar",
        "reboots": "kured",
        "download": "1m",
        "install": "1m",
        "reboot": "100s",
        "serviceStart": "20s",
    }
    spec = {
        "changes": [{"name": "release", "kind": "os-image", "at": "1h", "repeat": {"every": "3d", "times": 3}}],
        "faults": [
            {
                "name": "dies",
                "impairs": [{"component": "disk"}],
                "trigger": {"rate": "0.3/d"},
                "lasts": {"exponential": {"mean": "2h"}},
            }
        ],
    }
    return scenario(3, nodes, "10d", os, **spec).run(seed=seed).world


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_never_more_than_one_node_of_a_cluster_is_out_for_its_update(seed):
    """Whatever dies meanwhile: between its grant and its return nobody else gets leave."""
    found = kured(40, seed)
    agenda, cluster = found.nodes.agenda, found.layout.cluster
    rows = np.flatnonzero(
        (agenda.owner >= 0) & (agenda.states[:, 0] == 3) & (agenda.until >= agenda.begins)
    )  # draining
    assert len(rows) > 100
    back = found.nodes.serving_from(agenda.entity[rows], np.minimum(found.nodes.ready_at(rows), agenda.until[rows]))
    for number in range(3):
        mine = rows[cluster[agenda.entity[rows]] == number]
        order = np.argsort(agenda.begins[mine])
        begins = agenda.begins[mine][order]
        ends = back[cluster[agenda.entity[rows]] == number][order]
        happened = begins <= 10 * DAY
        assert (begins[happened][1:] >= ends[happened][:-1]).all()


def test_kured_needs_a_reboot_and_a_minute_for_each_of_many_nodes():
    """With many nodes the lock is the limit, with one it is the hourly tick."""
    os = {
        "name": "flatcar",
        "reboots": "kured",
        "download": "1m",
        "install": "1m",
        "reboot": "100s",
        "serviceStart": "20s",
    }
    release = [{"name": "release", "kind": "os-image", "at": "1h"}]
    held = 120.0 + facts.get("kured.startup_tick").seconds

    def takes(clusters: int, nodes: int) -> float:
        run = scenario(clusters, nodes, "4d", os, changes=release).run(seed=8)
        return float(run.changes["convergence_max_s"].iloc[0])

    assert 300 * held <= takes(1, 300) <= 300 * held * 1.3 + 2 * HOUR
    assert takes(500, 1) <= 50 * 60 + HOUR + 300
