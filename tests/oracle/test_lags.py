"""From a release, or a commit, to machines: the laws of the controllers, without locks and limits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simulator import facts
from simulator.nodes.states import State
from tests.oracle.fleets import DAY, HOUR, scenario
from tests.oracle.laws import residual_life

NODES = 4000


def begins(start: str, zone: str = "UTC") -> np.ndarray:
    """When MicroOS nodes begin to install what is released when the run starts, seconds after that."""
    change = {"name": "release", "kind": "os-image"}
    say = scenario(20, NODES // 20, "3d", "microos", {"timeZone": zone}, start=start, changes=[change])
    found = installs(say.run(seed=31))
    assert len(found) == NODES
    return found


def installs(run) -> np.ndarray:
    """When nodes began to install, installation by installation."""
    agenda = run.world.nodes.agenda
    return agenda.begins[agenda.states[:, 0] == State.UPDATING]


def test_microos_installs_within_two_hours_after_the_next_midnight():
    lags = begins("2026-03-02T09:00:00Z")
    assert stats.kstest(lags, stats.uniform(15 * HOUR, 2 * HOUR).cdf).pvalue > 0.001
    assert stats.kstest(lags, stats.uniform(15 * HOUR, 2.1 * HOUR).cdf).pvalue < 0.001


def test_microos_goes_by_the_local_clock():
    lags = begins("2026-03-28T12:00:00Z", "Europe/Berlin")  # summer time begins in the night that follows
    assert stats.kstest(lags, stats.uniform(11 * HOUR, 2 * HOUR).cdf).pvalue > 0.001
    lags = begins("2026-03-29T12:00:00Z", "Europe/Berlin")
    assert stats.kstest(lags, stats.uniform(10 * HOUR, 2 * HOUR).cdf).pvalue > 0.001


def test_a_release_between_the_timers_reaches_some_today_and_some_tomorrow():
    """Released at 01:00: half of the timers have yet to fire; the others fire a day later, at a new time."""
    lags = begins("2026-03-02T01:00:00Z")

    def law(x):
        return 0.5 * stats.uniform(0, HOUR).cdf(x) + 0.5 * stats.uniform(23 * HOUR, 2 * HOUR).cdf(x)

    assert stats.kstest(lags, law).pvalue > 0.001


def flux_lags(at: str, interval: str) -> np.ndarray:
    """From a commit to each of many clusters that have applied it."""
    engine = {"engine": "flux", "interval": interval, "fetch": "3s", "apply": "7s"}
    say = scenario(NODES, 1, "2d", gitops=engine, changes=[{"name": "commit", "kind": "config", "at": at}])
    delivery = say.run(seed=32).world.carriers[0].deliveries[0]
    return delivery.applied - delivery.committed


@pytest.mark.parametrize(
    ("at", "interval", "period"), [("10m", "1m", 60.0), ("30h", "1m", 60.0), ("20h", "10m", 600.0)]
)
def test_flux_looks_after_the_rest_of_its_interval_then_fetches_and_applies(at, interval, period):
    waits = flux_lags(at, interval) - 3 - 7
    jitter = facts.get("flux.interval_jitter").number / 100
    assert stats.kstest(waits, residual_life(period * (1 - jitter), period * (1 + jitter))).pvalue > 0.001
    assert stats.kstest(waits, residual_life(1.1 * period * (1 - jitter), 1.1 * period)).pvalue < 0.001


def test_microos_lag_is_the_same_for_every_day_of_a_long_run():
    """Releases on many days: every one of them finds fresh delays."""
    change = {"name": "release", "kind": "os-image", "repeat": {"every": "2d", "times": 6}}
    say = scenario(5, 200, "12d", "microos", start="2026-03-02T09:00:00Z", changes=[change])
    delay = (installs(say.run(seed=33)) + 9 * HOUR) % DAY
    table = delay.reshape(6, 1000)
    assert stats.kstest(delay, stats.uniform(0, 2 * HOUR).cdf).pvalue > 0.001
    assert (np.abs(np.corrcoef(table)[np.triu_indices(6, 1)]) < 4.5 / np.sqrt(1000)).all()
