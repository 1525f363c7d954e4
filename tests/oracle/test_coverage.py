"""Intervals of whole studies hold the truth as often as they say: machines that fail and are repaired, in closed form.

Two hundred studies, each of its own seed, of a model whose mean is known. An interval of 95 % that held it in fewer
than 91 % or in more than 98 % of them would be wrong (the binomial distribution puts it outside with p < 0.03).
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simulator import compare, replicate
from simulator.study import estimates
from tests.oracle.fleets import DAY, HOUR, at_once, failures, scenario

STUDIES, REPLICATIONS, NODES, HORIZON = 200, 15, 10, 5 * DAY
MU = 1 / (6 * HOUR)
FEWEST, MOST = 0.91 * STUDIES, 0.98 * STUDIES


def node_hours(per_day: float) -> float:
    """Mean hours down up to the horizon, over all nodes: two states, all up at 0."""
    rate = per_day / DAY
    total = rate + MU
    share = rate / total * (1 - (1 - np.exp(-total * HORIZON)) / (total * HORIZON))
    return share * NODES * HORIZON / HOUR


def machines(per_day: float):
    return scenario(1, NODES, "5d", at_once(), faults=failures(f"{per_day}/d", "6h"))


@pytest.fixture(scope="module")
def studies():
    """Each a comparison of a failure rate with one that is a fifth higher."""
    arms = (machines(1.0), machines(1.2))
    return [compare(*arms, replications=REPLICATIONS, seed=s, jobs=1, store=False) for s in range(1, STUDIES + 1)]


def held(intervals, truth: float) -> int:
    return sum(found.low <= truth <= found.high for found in intervals)


@pytest.mark.slow
def test_means_and_differences(studies):
    means = [estimates.mean(study.baseline.of("bad_node_hours")) for study in studies]
    differences = [study.paired(study.samples[1].arm.name, "bad_node_hours").difference for study in studies]
    found = {
        "mean": held(means, node_hours(1.0)),
        "difference": held(differences, node_hours(1.2) - node_hours(1.0)),
    }
    print(found)
    assert all(FEWEST <= number <= MOST for number in found.values()), found
    estimate = np.mean([interval.estimate for interval in differences])
    error = stats.sem([interval.estimate for interval in differences])
    assert abs(estimate - (node_hours(1.2) - node_hours(1.0))) < 4 * error, "pairing does not bias"


@pytest.mark.slow
def test_probabilities_and_medians(studies):
    """Against all runs of all studies, whose own error is a fourteenth of that of one study."""
    every = np.concatenate([study.baseline.of("bad_node_hours") for study in studies])
    limit = float(np.quantile(every, 0.8))
    samples = [study.baseline.of("bad_node_hours") for study in studies]
    found = {
        "probability": held(
            (estimates.probability((s > limit).astype(float)) for s in samples), (every > limit).mean()
        ),
        "median": held((estimates.quantile(s, 0.5) for s in samples), float(np.median(every))),
    }
    print(found)
    assert all(FEWEST <= number <= STUDIES for number in found.values()), found  # these are conservative by design


@pytest.mark.slow
def test_a_precision_that_is_asked_for_costs_little_coverage():
    """To stop when the interval looks narrow favours intervals that are too narrow; the look-ahead mends most of it."""
    made = [
        replicate(machines(1.0), precision=0.15, metric="bad_node_hours", seed=s, jobs=1, store=False)
        for s in range(1, STUDIES + 1)
    ]
    number = held((estimates.mean(study.samples[0].of("bad_node_hours")) for study in made), node_hours(1.0))
    print({"sequential": number, "replications": float(np.mean([study.n for study in made]))})
    assert number >= FEWEST
