"""Rancher Fleet: batches, partitions, and what may be unavailable."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.worlds import DAY, HOUR, applied, breaks, config, fleet, world

APPLY = 10.0


def rolled(clusters: int, faults: list | None = None, **settings) -> np.ndarray:
    """When each cluster has a bundle that Git announces at one hour, seconds after that."""
    engine = {"engine": "rancher-fleet", "webhook": True, "apply": "10s", **settings}
    spec = {"services": [{"name": "web", "replicas": 1}], "faults": faults or []}
    return applied(world(fleet=fleet(clusters=clusters), gitops=engine, changes=[config(at="1h")], **spec)) - HOUR


def offline(cluster: str, lasts: str = "30d") -> dict:
    return {"name": "offline", "trigger": {"at": "30m"}, "lasts": lasts, **breaks("api"), "when": {"cluster": cluster}}


def test_it_looks_at_git_every_15_seconds():
    engine = {"engine": "rancher-fleet", "apply": "10s"}
    waits = [
        applied(world(seed=s, fleet=fleet(), gitops=engine, changes=[config(at="1h")]))[0] - HOUR - APPLY
        for s in range(30)
    ]
    assert min(waits) >= 0 and max(waits) <= 15.0 and np.ptp(waits) > 10


def test_edge_40_a_bad_bundle_reaches_everybody():
    """Below 200 clusters there is one partition, and by default all of it may be unavailable: nothing halts."""
    bad = {"name": "bad", "trigger": {"at": "0s"}, "lasts": "30d", **breaks("web")}
    assert (rolled(199, [bad]) == APPLY).all()


def test_batches_of_50_wait_while_too_many_are_unavailable():
    found = rolled(120, maxUnavailable="10%")
    assert found[:50].tolist() == [APPLY] * 50
    assert found[50:100].tolist() == [2 * APPLY] * 50 and found[100:].tolist() == [3 * APPLY] * 20


def test_and_stop_when_they_stay_so():
    bad = {"name": "bad", "trigger": {"at": "0s"}, "lasts": "30d", **breaks("web")}
    found = rolled(120, [bad], maxUnavailable="10%")
    assert (found[:50] < DAY).all() and (found[50:] > DAY).all()


@pytest.mark.parametrize(("clusters", "reached"), [(199, 199), (200, 50)])
def test_quarters_are_partitions_from_200_clusters_on(clusters, reached):
    """The first partition is unavailable for good: where that is a quarter of the clusters, the others are spared."""
    bad = {"name": "bad", "trigger": {"at": "0s"}, "lasts": "30d", **breaks("web")}
    found = rolled(clusters, [bad], maxUnavailable=1, batch=500)
    assert (found < DAY).sum() == reached


def test_so_many_partitions_may_be_unavailable():
    bad = {"name": "bad", "trigger": {"at": "0s"}, "lasts": "30d", **breaks("web")}
    found = rolled(200, [bad], maxUnavailable=1, batch=500, maxUnavailablePartitions=1)
    assert (found < DAY).sum() == 100


def test_partitions_may_be_declared():
    parts = [{"name": "canary", "select": {"cluster": "prod-3"}}, {"name": "rest"}]
    found = rolled(6, partitions=parts, maxUnavailable="0%")
    assert found[3] == APPLY and found[[0, 1, 2, 4, 5]].tolist() == [2 * APPLY] * 5
    assert (rolled(6, partitions=parts, maxUnavailable=1) == APPLY).all()  # one of one may be unavailable


def test_a_cluster_that_is_offline_can_hold_a_partition():
    first = rolled(6, [offline("prod-5")], batch=2, maxUnavailable=1)
    assert first[5] > DAY and (first[:5] < DAY).all() and first[:2].tolist() == [APPLY] * 2
    two = [offline("prod-5"), {**offline("prod-4"), "name": "also"}]
    assert (rolled(6, two, batch=2, maxUnavailable=1) > DAY).all()


def test_it_goes_on_when_the_cluster_is_back():
    two = [offline("prod-5", "2h"), {**offline("prod-4", "2h"), "name": "also"}]
    found = rolled(6, two, batch=2, maxUnavailable=1)
    assert np.isfinite(found).all() and found.min() == 1.5 * HOUR + APPLY


def test_without_git_or_the_management_cluster_nothing_is_rolled_out():
    for component in ("git", "hub"):
        down = {"name": "down", "trigger": {"at": "30m"}, "lasts": "2h", **breaks(component)}
        found = rolled(3, [down])
        assert (found >= 1.5 * HOUR + APPLY).all() and (found <= 1.5 * HOUR + APPLY + 15).all()
