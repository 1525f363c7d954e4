"""Machines that fail and are repaired: the two-state Markov process, and k-of-n of it, in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tests.oracle.fleets import DAY, HOUR, at_once, failures, scenario

LAMBDA, MU = 1 / DAY, 1 / (6 * HOUR)
NODES, HORIZON = 4000, 20 * DAY


def down_share(at: np.ndarray | float, rate: float = LAMBDA) -> np.ndarray:
    """Probability of being down at a time, for a machine that is up at 0."""
    return rate / (rate + MU) * (1 - np.exp(-(rate + MU) * np.asarray(at)))


def mean_down_share(horizon: float, rate: float = LAMBDA) -> float:
    """Its mean over time."""
    total = rate + MU
    return rate / total * (1 - (1 - np.exp(-total * horizon)) / (total * horizon))


@pytest.fixture(scope="module")
def out():
    """When each of many nodes is down."""
    world = scenario(20, 200, "20d", at_once(), faults=failures("1/d", "6h")).run(seed=11).world
    return world.nodes_out()


def test_availability_is_mu_over_lambda_plus_mu(out):
    shares = out.clip(5 * DAY, HORIZON).seconds(NODES, HORIZON) / (15 * DAY)
    error = shares.std(ddof=1) / np.sqrt(NODES)
    assert abs(shares.mean() - LAMBDA / (LAMBDA + MU)) < 4 * error
    assert error < 0.01 * LAMBDA / (LAMBDA + MU), "the test would see a rate that is off by a twentieth"


def test_downtime_from_the_start_includes_the_transient(out):
    shares = out.seconds(NODES, 12 * HOUR) / (12 * HOUR)
    error = shares.std(ddof=1) / np.sqrt(NODES)
    assert abs(shares.mean() - mean_down_share(12 * HOUR)) < 4 * error
    assert abs(shares.mean() - LAMBDA / (LAMBDA + MU)) > 4 * error, "it is not the stationary share"


@pytest.mark.parametrize("hours", [0.5, 2, 6, 12, 48, 240])
def test_the_share_that_is_down_at_a_time_is_the_transient(out, hours):
    down = out.covers(np.arange(NODES), np.full(NODES, hours * HOUR)).sum()
    assert stats.binomtest(int(down), NODES, float(down_share(hours * HOUR))).pvalue > 0.001
    assert stats.binomtest(int(down), NODES, float(down_share(hours * HOUR, 2 * LAMBDA))).pvalue < 0.01


def test_outages_are_exponential_and_up_times_are_too(out):
    begun = out.where(out.begin < 15 * DAY)  # those that began early have ended, all but certainly
    lasts = begun.end - begun.begin
    assert stats.kstest(lasts, stats.expon(scale=1 / MU).cdf).pvalue > 0.001
    assert stats.kstest(lasts, stats.expon(scale=1.05 / MU).cdf).pvalue < 0.001
    same = (out.entity[1:] == out.entity[:-1]) & (out.end[:-1] < 10 * DAY)
    up = (out.begin[1:] - out.end[:-1])[same]
    assert stats.kstest(up, stats.expon(scale=1 / LAMBDA).cdf).pvalue > 0.001


@pytest.fixture(scope="module")
def five_replicas():
    """Services with a replica on each of five nodes, in many clusters; they differ in how many they need."""
    services = [{"name": f"of-{needs}", "replicas": 5, "needs": needs, "pinned": True} for needs in (3, 4, 5)]
    say = scenario(400, 5, "20d", at_once(), faults=failures("1/d", "6h"), services=services)
    return say.run(seed=12).world


@pytest.mark.parametrize("needs", [5, 4, 3])
def test_a_pinned_service_is_k_of_n(five_replicas, needs):
    clusters, warm = 400, 3 * DAY
    down = five_replicas.components.down(f"of-{needs}").clip(warm, HORIZON)
    shares = down.seconds(clusters, HORIZON) / (HORIZON - warm)
    error = shares.std(ddof=1) / np.sqrt(clusters)
    lost = stats.binom(5, LAMBDA / (LAMBDA + MU))
    assert abs(shares.mean() - lost.sf(5 - needs)) < 4 * error
    assert abs(shares.mean() - lost.sf(6 - needs)) > 10 * error, "one replica more would be seen"
