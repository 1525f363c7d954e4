"""Failures at a rate: counts over replications are Poisson, and every machine is hit alike."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simulator.nodes.states import State
from simulator.run.faults import FaultProcess
from tests.oracle.fleets import DAY, at_once, failures, scenario

REPLICATIONS, NODES, DAYS, MEAN = 300, 40, 5, 20.0


def struck(world) -> np.ndarray:
    """The rows of the agenda that are failures."""
    agenda = world.nodes.agenda
    return np.flatnonzero((agenda.states[:, 0] == State.FAILED) & (agenda.entity >= 0))


@pytest.fixture(scope="module")
def counts() -> np.ndarray:
    """Failures of each replication; repair takes no time, so none of them finds a machine that is down."""
    say = scenario(4, 10, f"{DAYS}d", at_once(), faults=failures(f"{MEAN / NODES / DAYS}/d", "1ms"))
    return np.array([len(struck(run.world)) for run in say.runs(REPLICATIONS, seed=21)])


def poisson_fit(counts: np.ndarray, mean: float) -> float:
    """p of a chi-square test of counts against Poisson with a known mean."""
    edges = stats.poisson.ppf(np.linspace(0, 1, 11)[1:-1], mean)
    observed = np.bincount(np.searchsorted(edges, counts), minlength=10)
    share = np.diff(np.concatenate([[0.0], stats.poisson.cdf(edges, mean), [1.0]]))
    return stats.chisquare(observed, share * len(counts)).pvalue


def test_counts_are_poisson(counts):
    assert poisson_fit(counts, MEAN) > 0.001
    assert poisson_fit(counts, 1.1 * MEAN) < 0.001, "a rate that is off by a tenth is seen"
    assert poisson_fit(2 * (counts // 2), MEAN) < 0.001, "failures in pairs are seen"


def test_counts_are_dispersed_as_poisson_counts_are(counts):
    index = counts.var(ddof=1) / counts.mean() * (REPLICATIONS - 1)
    assert 0.001 < stats.chi2.cdf(index, REPLICATIONS - 1) < 0.999


def test_victims_and_gaps_of_one_long_run():
    world = scenario(4, 10, "100d", at_once(), faults=failures("2/d", "1ms")).run(seed=22).world
    rows = struck(world)
    hits = np.bincount(world.nodes.agenda.entity[rows], minlength=NODES)
    assert stats.chisquare(hits).pvalue > 0.001
    gaps = np.diff(np.sort(world.nodes.agenda.begins[rows]))
    assert stats.kstest(gaps, stats.expon(scale=DAY / 2 / NODES).cdf).pvalue > 0.001


def test_a_longer_run_begins_with_the_same_failures():
    first, longer = (
        scenario(4, 10, horizon, at_once(), faults=failures("1/d", "6h")).run(seed=23).world.nodes.agenda
        for horizon in ("5d", "10d")
    )
    begun = longer.begins[longer.begins < 5 * DAY]
    assert np.sort(first.begins).tolist() == np.sort(begun).tolist()


@pytest.mark.parametrize("os", ["microos", "mutable"])
def test_failures_that_are_planned_ahead_give_the_run_in_which_they_come_one_by_one(monkeypatch, os):
    """An alert that never fires has the machines' failures planned ahead; nobody may have known of them: rollouts that
    begin later, locks that several nodes share, people who replace machines."""
    world = scenario(
        4,
        25,
        "12d",
        {"name": os, "reboots": "kured"},
        changes=[{"name": "os", "kind": "os-image", "at": "1d", "repeat": {"every": "3d", "times": 3}}],
        faults=[{"name": "dies", "trigger": {"rate": "40/y"}, "impairs": [{"component": "disk"}]}],
        services=[{"name": "web", "replicas": 30, "needs": "90%"}],
        alerts=[{"name": "bad", "expr": {"nodes": "bad", "above": "4%"}, "for": "2m"}],
        remedies=[{"name": "replace", "parallel": 2}],
    )
    ahead = world.run(seed=5).world
    monkeypatch.setattr(FaultProcess, "plans_ahead", property(lambda self: False))
    one_by_one = world.run(seed=5).world
    assert ahead.nodes.failures.sum() > 60 and len(ahead.incidents) > 3
    np.testing.assert_array_equal(ahead.nodes.failures, one_by_one.nodes.failures)
    for name in ("entity", "begin", "end"):
        for found in (lambda w: w.nodes_bad(), lambda w: w.nodes_out()):
            np.testing.assert_allclose(getattr(found(ahead), name), getattr(found(one_by_one), name), rtol=0, atol=1e-6)
    assert [i.began_at for i in ahead.incidents] == [i.began_at for i in one_by_one.incidents]
