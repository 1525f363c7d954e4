"""The warm-up: found where it is, refused where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import Scenario, replicate
from simulator.study import StudyError
from simulator.study.observation import BINS
from simulator.study.steady import averages, mser, warm_up
from tests.unit.study.scenarios import REPAIRED


def curves(mean: np.ndarray, n: int = 20) -> np.ndarray:
    noise = np.random.default_rng(1).normal(0, 0.002, (n, 3, BINS))
    return (mean + noise).astype(np.float32)


def test_a_transient_is_cut_off():
    at = np.arange(BINS)
    decay = 0.1 + 0.4 * np.exp(-at / 12.0)
    assert 40 <= mser(curves(decay).mean(axis=0)[0]) <= 100, "where what is left of it is lost in the noise"
    assert mser(curves(np.full(BINS, 0.1)).mean(axis=0)[0]) <= 10


def test_a_warm_up_that_is_asked_for_is_rounded_up_to_a_bin():
    found = warm_up(100.0, 2400.0, [])
    assert (found.bins, found.seconds, found.chosen) == (10, 100.0, False)
    assert warm_up(101.0, 2400.0, []).bins == 11
    assert "as asked for" in str(found)


def test_nothing_is_left():
    with pytest.raises(StudyError, match="leaves nothing of a run of 40 min"):
        warm_up(2400.0, 2400.0, [])


def test_no_steady_state():
    with pytest.raises(StudyError, match="no steady state"):
        warm_up(None, 2400.0, [curves(np.linspace(0, 0.5, BINS))])


def test_averages_are_of_what_remains():
    made = np.zeros((1, 3, BINS), np.float32)
    made[0, 0, 60:] = 0.25
    assert averages(made, warm_up(0.0, BINS, []))[0] == pytest.approx([1 - 0.25 * 0.75, 1, 1])
    assert averages(made, warm_up(60.0, BINS, []))[0] == pytest.approx([0.75, 1, 1])


def test_the_availability_of_a_fleet_is_mu_over_lambda_plus_mu():
    """Ten machines, 1/2 a day and 6 h: 8/9, which a terminating study misses from above."""
    scenario = Scenario.parse(REPAIRED.replace("20d", "5d"))
    steady = replicate(scenario, 80, steady=True, jobs=1, store=False, warmup="2d")
    row = steady.summary.set_index("metric").loc["node_availability"]
    assert row["mean_low"] <= 8 / 9 <= row["mean_high"]
    assert "are left out" in steady.horizon_words and steady.metric == "node_availability"
    assert "service_availability" not in set(steady.summary["metric"]), "no services, no answer"
    assert "Terminating" in replicate(scenario, 2, jobs=1, store=False).horizon_words
