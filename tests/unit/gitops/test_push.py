"""Push from CI, the baseline: nobody looks again."""

from __future__ import annotations

import numpy as np

from tests.unit.worlds import DAY, HOUR, MINUTE, applied, breaks, config, down, fleet, said, world


def push(**settings):
    """A pipeline with fixed times."""
    return {"engine": "push", "pipeline": "3m", "apply": "10s", **settings}


def test_clusters_are_pushed_to_one_after_the_other():
    found = world(fleet=fleet(clusters=5), gitops=push(parallel=2), changes=[config(at="1h")])
    assert applied(found).tolist() == [HOUR + 180.0 + 10.0 * k for k in (1, 1, 2, 2, 3)]


def test_drift_is_not_put_right():
    found = world(
        fleet=fleet(),
        gitops=push(),
        changes=[{"name": "edit", "kind": "manual", "at": "1h", "defect": breaks("dns")}],
    )
    assert found.drifts[0].end[0] == np.inf and down(found, "dns") == [(0, HOUR, DAY)]


def _unreachable(lasts: str, **settings):
    cut = {
        "name": "cut",
        "trigger": {"at": "1h"},
        "lasts": lasts,
        "when": {"cluster": "prod-1"},
        **breaks("api"),
    }
    return world(fleet=fleet(clusters=3), gitops=push(**settings), changes=[config(at="1h")], faults=[cut])


def test_a_cluster_that_is_unreachable_in_its_turn_is_left_out():
    found = applied(_unreachable("30m"))
    assert np.isfinite(found[[0, 2]]).all() and found[1] == np.inf


def test_a_job_with_retries_comes_back():
    assert applied(_unreachable("30m", retries=5))[1] == np.inf  # 25 min of retries are not enough
    assert applied(_unreachable("30m", retries=6))[1] == HOUR + 180.0 + 6 * 5 * MINUTE + 10.0


def test_git_that_is_down_fails_the_job_for_everybody():
    git = {"name": "git", "trigger": {"at": "30m"}, "lasts": "2h", **breaks("git")}
    found = world(fleet=fleet(clusters=3), gitops=push(), changes=[config(at="1h")], faults=[git])
    assert np.isinf(applied(found)).all()


def test_what_is_deleted_in_git_stays_unless_the_pipeline_deletes_it():
    gone = config(at="1h", removes=True)
    assert len(said(world(fleet=fleet(), gitops=push(), changes=[gone]), "orphaned")) == 1
    assert said(world(fleet=fleet(), gitops=push(prune=True), changes=[gone]), "orphaned") == []
