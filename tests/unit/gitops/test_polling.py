"""A plain loop that pulls: a commit and a hand edit wait for its next look, and for what an apply takes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from simulator.run import simulate
from tests.unit.worlds import HOUR, config, fleet, scenario

N = 600


def run(gitops: dict | None = None, **spec):
    edit = {"name": "edit", "kind": "manual", "at": "61m7s"}
    settings = {"engine": "polling", "interval": "10s", "apply": "3s", **(gitops or {})}
    changes = [config(name="release", at="1h"), edit]
    made = scenario(fleet=fleet(clusters=N, nodes=1), changes=changes, gitops=settings, **spec)
    return simulate(made, seed=3)


def test_a_commit_and_an_edit_wait_for_the_next_look():
    found = run()
    for waits in (found.lags("release") - 3.0, found.corrections("edit") - 3.0):
        assert len(waits) == N
        assert kstest(waits, "uniform", args=(0.0, 10.0)).pvalue > 1e-3


def test_jitter_lengthens_the_longest_wait_and_not_the_mean():
    waits = run({"jitter": 0.5}).lags("release") - 3.0
    # A wait falls into a gap with a chance that grows with the gap: its mean is E(gap^2) / 2 E(gap).
    assert waits.mean() == pytest.approx(10 * (1 + 0.5**2 / 3) / 2, abs=0.45)
    assert 10.0 < waits.max() <= 15.0


def test_git_that_calls_is_heard_at_once_but_an_edit_is_not():
    found = run({"webhook": True})
    assert np.unique(found.lags("release")).tolist() == [3.0]
    assert found.corrections("edit").max() > 10.0


def test_without_self_heal_an_edit_stays():
    assert len(run({"selfHeal": False}).corrections("edit")) == 0


def test_while_git_is_down_it_knows_nothing_and_looks_again():
    outage = {"name": "git", "trigger": {"at": "59m"}, "lasts": "11m", "impairs": [{"component": "git"}]}
    found = run(faults=[outage])
    begin, end = 59 * 60.0, 70 * 60.0
    assert (HOUR + found.lags("release") - 3.0 >= end).all()
    assert kstest(HOUR + found.lags("release") - 3.0 - end, "uniform", args=(0.0, 10.0)).pvalue > 1e-3
    unknown = found.record.applications("unknown")
    assert len(unknown) == N
    assert (unknown.begin >= begin).all() and (unknown.begin <= begin + 10.0).all() and (unknown.end >= end).all()


@pytest.mark.parametrize(
    ("settings", "pruned", "all_pruned"),
    [({}, True, False), ({"prune": False}, False, False), ({"allowEmpty": True}, True, True)],
)
def test_it_prunes_but_not_everything_at_once(settings, pruned, all_pruned):
    engine = run(settings).world.engine
    assert (engine.prunes("apps"), engine.prunes("apps", everything=True)) == (pruned, all_pruned)


@pytest.mark.parametrize("ask", ["lags", "corrections"])
def test_a_change_that_is_not_there_is_named(ask):
    with pytest.raises(KeyError, match="no change 'relase'; there are: release, edit"):
        getattr(run(), ask)("relase")
