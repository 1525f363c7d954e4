"""The simulator against a process for each node (naive.py), by distribution.

A node of its own that polls every 315 s does not exist in Paddock: its controllers poll for a cluster. So
each law is compared in the form that both can express, over thousands of nodes and with fixed seeds:

- the wait for a poll: Flux with an interval of 315 s and one node in each cluster (its jitter is uniform in
  the naive model and normal with the same variance in Paddock, which a wait can't tell apart);
- outages: how long, how many, how many boots they cost, and the share that is down as time goes on;
- updates in the midst of failures: from the order to the new version's running, for Talos nodes that stand
  alone (in a cluster of many, who comes back from repair queues behind the others).

Every comparison is made a second time with a wrong parameter, which must be seen.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simulator import facts
from simulator.nodes.states import State
from tests.oracle import naive
from tests.oracle.fleets import DAY, HOUR, failures, scenario

NODES = 3000


def alike(ours: np.ndarray, theirs: np.ndarray, others: np.ndarray) -> None:
    """Two samples of one law, and a third of another."""
    assert stats.ks_2samp(ours, theirs).pvalue > 0.001
    assert stats.ks_2samp(ours, others).pvalue < 0.001


# --- polls ---------------------------------------------------------------------------------------------


def waits(poll: float) -> np.ndarray:
    """From a release to the poll that sees it, in the naive model."""
    at, jitter = 20_000.0, facts.get("flux.interval_jitter").number / 100
    nodes = naive.simulate(naive.Settings(NODES, at + 2 * poll, (at,), poll, jitter), seed=41)
    return np.array([node.seen[0][1] - at for node in nodes])


def test_the_wait_for_a_poll():
    engine = {"engine": "flux", "interval": "315s", "fetch": "1s", "apply": "1s"}
    commit = {"name": "commit", "kind": "config", "at": "20000s"}
    say = scenario(NODES, 1, "1d", gitops=engine, changes=[commit])
    delivery = say.run(seed=42).world.carriers[0].deliveries[0]
    alike(delivery.applied - delivery.committed - 2.0, waits(315.0), waits(350.0))


# --- failures ------------------------------------------------------------------------------------------

RATE, REPAIR, DAYS = 0.5, 3.0, 10  # deaths a day, hours
TALOS = {
    "name": "talos",
    "pull": "100s",
    "install": "200s",
    "reboot": "120s",
    "serviceStart": "60s",
    "rebootMode": "powercycle",
}


@pytest.fixture(scope="module")
def ours():
    """The world of a run with failures."""
    faults = failures(f"{RATE}/d", f"{REPAIR}h")
    return scenario(30, NODES // 30, f"{DAYS}d", TALOS, faults=faults).run(seed=43).world


def theirs(rate: float = RATE, repair: float = REPAIR) -> list[naive.Node]:
    """The same by the naive model; nothing is released, so its polls don't matter."""
    return naive.simulate(
        naive.Settings(NODES, DAYS * DAY, poll=DAYS * DAY, failure_rate=rate / DAY, repair=repair * HOUR), seed=44
    )


def lengths(nodes: list[naive.Node]) -> np.ndarray:
    """Of outages that began in the first nine days."""
    return np.array([end - begin for node in nodes for begin, end in node.outages if begin < 9 * DAY])


def test_how_long_outages_last(ours):
    out = ours.nodes_out()
    alike((out.end - out.begin)[out.begin < 9 * DAY], lengths(theirs()), lengths(theirs(repair=1.1 * REPAIR)))


def test_how_many_outages_a_node_has(ours):
    out = ours.nodes_out()
    count = np.bincount(out.entity[out.end < DAYS * DAY], minlength=NODES)

    def difference(nodes: list[naive.Node]) -> float:
        other = [len(node.outages) for node in nodes]
        table = np.array([np.bincount(np.minimum(c, 10), minlength=11) for c in (count, other)])
        return stats.chi2_contingency(table[:, table.sum(axis=0) > 10]).pvalue

    assert difference(theirs()) > 0.001
    assert difference(theirs(rate=1.1 * RATE)) < 0.001


def test_how_many_boots_they_cost(ours):
    agenda = ours.nodes.agenda
    boots = (agenda.happened(DAYS * DAY) & (agenda.states == State.REBOOTING)).sum()
    expected = sum(node.reboots for node in theirs())
    assert abs(boots - expected) < 4 * np.sqrt(boots + expected)
    assert boots > 100 * np.sqrt(boots), "a hundredth would be seen"


def test_the_share_that_is_down_as_time_goes_on(ours):
    out, nodes = ours.nodes_out(), theirs()
    for hours in (1, 3, 12, 48, 150):
        down = out.covers(np.arange(NODES), np.full(NODES, hours * HOUR)).sum()
        other = sum(b <= hours * HOUR < e for n in nodes for b, e in n.outages)
        other += sum(n.dead and hours * HOUR > 9.9 * DAY for n in nodes)
        assert stats.fisher_exact([[down, NODES - down], [other, NODES - other]]).pvalue > 0.001


# --- updates in the midst of failures ------------------------------------------------------------------


def completions(rate: float, seed: int = 45) -> np.ndarray:
    """From the order at time 0 to the new version's running, with many deaths in between; the naive model."""
    say = naive.Settings(
        NODES, 6 * HOUR, (0.0,), poll=DAY, first_poll_at_start=True, failure_rate=rate / HOUR, repair=0.5 * HOUR
    )
    return np.array([node.done[0][1] if node.done else np.inf for node in naive.simulate(say, seed)])


def test_updates_that_are_interrupted_are_completed():
    world = (
        scenario(NODES, 1, "6h", TALOS, faults=failures("3/h", "30m"), changes=[{"name": "os", "kind": "os-image"}])
        .run(seed=46)
        .world
    )
    agenda, nodes = world.nodes.agenda, world.nodes
    new = nodes.version("os")
    last = np.isfinite(agenda.times).sum(axis=1) - 1
    ready = (agenda.states[np.arange(agenda.rows), last] == State.READY) & (agenda.until >= agenda.ends)
    ready &= (agenda.new == new) & (agenda.entity >= 0) & (agenda.ends <= 6 * HOUR)
    runs = np.full(NODES, np.inf)
    np.minimum.at(runs, agenda.entity[ready], agenda.ends[ready])
    expected = completions(3.0)
    assert (runs.min(), expected.min()) == (pytest.approx(480.0), pytest.approx(480.0))
    assert (runs == 480).mean() < 0.8, "many are interrupted"
    alike(runs, expected, completions(6.0, seed=47))
    everyone = np.arange(NODES)
    assert (nodes.versions_at(everyone, 6 * HOUR)[0][runs < np.inf] == new).all()
