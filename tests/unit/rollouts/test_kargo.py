"""Kargo: a promotion succeeds when it is committed, and the next stage does not wait for any cluster."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.worlds import HOUR, MINUTE, breaks, said, scenario

FLEET = [
    {"name": e, "environment": e, "clusters": 2, "pools": [{"name": "w", "nodes": 3}]} for e in ("staging", "prod")
]


def promoted(promotion: dict | None, *faults: dict, bake: str = "20m"):
    stages = [{"name": e, "select": {"environment": e}, "bake": bake} for e in ("staging", "prod")]
    rollout = {"stages": stages, "promotion": promotion}
    engine = {"engine": "argo-cd", "webhook": True, "compare": "3s", "apply": "5s"}
    change = {"name": "release", "at": "1h", "rollout": rollout}
    return scenario(fleet=FLEET, gitops=engine, changes=[change], faults=list(faults)).run(seed=2)


def hub_down(lasts: str) -> dict:
    return {"name": "hub", "trigger": {"at": "50m"}, "lasts": lasts, **breaks("hub")}


def test_the_warehouse_looks_every_five_minutes():
    starts = [
        float(scenario_run.stages["started_at"].iloc[0]) - HOUR
        for scenario_run in (promoted({"interval": "5m"}), promoted({"interval": "1m"}))
    ]
    assert 0 <= starts[0] <= 5 * MINUTE and 0 <= starts[1] <= MINUTE


def test_edge_41_a_promotion_is_green_before_any_cluster_has_changed():
    run = promoted({"by": "kargo"}, hub_down("3h"))
    staging, prod = run.stages.itertuples()
    assert staging.promoted_at == staging.started_at and prod.promoted_at == staging.promoted_at + 20 * MINUTE
    assert staging.verdict == prod.verdict == "done"
    assert prod.ended_at < 50 * MINUTE + 3 * HOUR <= min(staging.converged_at, prod.converged_at)
    assert [e.at for e in said(run.world, "promotion succeeded")] == [staging.promoted_at, prod.promoted_at]


def test_edge_41_the_bake_between_was_worth_nothing():
    """Staging and production change at the same time, when the hub is back."""
    stages = promoted({"by": "kargo"}, hub_down("3h")).stages
    assert np.ptp(stages["converged_at"]) < 4 * MINUTE
    waited = promoted(None, hub_down("3h")).stages
    assert np.diff(waited["converged_at"])[0] == pytest.approx(20 * MINUTE + 8)


def test_when_all_is_well_the_bake_is_a_bake():
    stages = promoted({"by": "kargo"}).stages
    assert np.diff(stages["converged_at"])[0] == pytest.approx(20 * MINUTE)
    assert (stages["converged_at"] - stages["promoted_at"]).tolist() == [pytest.approx(8.0)] * 2


def test_without_kargo_nothing_was_promoted():
    assert promoted(None).stages["promoted_at"].isna().all()
