"""The poll laws of the controllers, against the exact law of a renewal process with uniform gaps."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simulator.kernel import Keyed, Polls
from tests.oracle.fleets import scenario
from tests.oracle.laws import mean_residual, residual_life

MANY = 200_000
#: How far a chain may be from the exact law: as far as so many pollers can tell (Kolmogorov-Smirnov, 1 in 1000).
BOUND = 1.95 / np.sqrt(MANY)


@pytest.mark.parametrize("jitter", [0.0, 0.05, 1 / 9, 0.2, 0.33])
def test_the_wait_for_a_look_has_the_law_of_uniform_gaps(jitter):
    polls = Polls(Keyed(5), "looks", MANY, 100.0, jitter, 86400.0)
    waits = np.sort(polls.next_after(np.arange(MANY), 40_000.0) - 40_000.0)
    law = residual_life(100 * (1 - jitter), 100 * (1 + jitter))
    reached = np.arange(1, MANY + 1) / MANY
    assert np.abs(law(waits) - reached).max() < BOUND
    assert waits.max() <= 100 * (1 + jitter) and waits.min() >= 0.0
    other = residual_life(102 * (1 - jitter), 102 * (1 + jitter))
    assert np.abs(other(waits) - reached).max() > BOUND  # another law would be seen


def test_gaps_are_uniform_and_next_to_independent():
    polls, who = Polls(Keyed(6), "looks", 20_000, 100.0, 0.2, 86400.0), np.arange(20_000)
    looks = np.stack([polls.look(who, np.full(len(who), m)) for m in range(300, 305)])
    gaps = np.diff(looks, axis=0)
    assert gaps.min() >= 80.0 - 1e-6 and gaps.max() <= 120.0 + 1e-6
    for gap in gaps:
        assert stats.kstest(gap, stats.uniform(80, 40).cdf).statistic < 0.015
    # The two that share their sum are correlated by some hundredths, for that sum is normal; the others are not.
    assert (np.abs(np.corrcoef(gaps)[np.triu_indices(4, 1)]) < 0.06).all()


def waits(engine: dict, at: str = "30h") -> np.ndarray:
    """From a commit to when each of many clusters' engines has seen it."""
    say = scenario(4000, 1, "2d", gitops=engine, changes=[{"name": "commit", "kind": "config", "at": at}])
    delivery = say.run(seed=41).world.carriers[0].deliveries[0]
    return delivery.applied - delivery.committed


@pytest.mark.parametrize(
    ("version", "shortest", "longest", "mean"),
    [
        ("2.10", 180.0, 180.0, 90.0),
        ("2.14", 180.0, 180.0, 90.0),
        ("3.0", 120.0, 180.0, 76.0),
        ("3.1", 120.0, 180.0, 76.0),
    ],
)
def test_argo_cd_compares_every_few_minutes(version, shortest, longest, mean):
    """Fixed 180 s before 3.0, since then 120 s and up to 60 s more: the wait is 76 s on average and 180 s at most."""
    own = {"topology": "per-cluster"}  # a hub of 4,000 would be held up by its work
    found = waits({"engine": "argo-cd", "version": version, "compare": "3s", "apply": "7s", **own}) - 10.0
    assert stats.kstest(found, residual_life(shortest, longest)).pvalue > 0.001
    assert found.max() <= 180.0 and mean_residual(shortest, longest) == pytest.approx(mean, abs=0.01)
    assert stats.kstest(found, residual_life(1.1 * shortest, 1.1 * longest)).pvalue < 0.001


def looks(os: str, at: str = "30h") -> np.ndarray:
    """From a release to when each of many nodes begins to install it."""
    say = scenario(20, 200, "3d", os, changes=[{"name": "release", "kind": "os-image", "at": at}])
    agenda = say.run(seed=42).world.nodes.agenda
    return np.array(agenda.begins[agenda.program == agenda.program[1]])[:4000] - 30 * 3600.0


@pytest.mark.parametrize(("os", "shortest", "longest"), [("fedora-coreos", 300.0, 330.0), ("flatcar", 2400.0, 3000.0)])
def test_nodes_look_at_their_own_pace(os, shortest, longest):
    """Zincati: 300 s and up to a tenth more. update_engine: 45 min, five minutes more or less."""
    found = looks(os)
    assert len(found) == 4000 and found.max() <= longest
    assert stats.kstest(found, residual_life(shortest, longest)).pvalue > 0.001
    assert stats.kstest(found, residual_life(1.1 * shortest, 1.1 * longest)).pvalue < 0.001
