"""Failures at a rate: counts over replications are Poisson, and every machine is hit alike."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simulator.nodes.states import State
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
