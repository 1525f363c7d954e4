"""The metrics, each against a scenario in which it can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.results.metrics import METRICS
from tests.unit.results.test_tables import bad_kubelets, run_of
from tests.unit.worlds import DAY, HOUR, QUICK, alert, breaks, config, fleet, image, power_cut, talos

#: A Talos node on its way to a version: it runs after pull, install and reboot...
RUNS_AFTER = 60 + 60 + 100
#: ...and the next node of the pool has its turn when the services are up, too.
TURN = RUNS_AFTER + 20

BY_HAND = {"name": "edit", "kind": "manual", "at": "1h"}
WEB = {"name": "web", "replicas": 2, "requires": [{"component": "api"}]}


def metric(name: str, **spec) -> float:
    return run_of(**{"fleet": fleet(nodes=2), **spec}).metrics[name]


def api_outage(at: str, lasts: str, clusters: list[str]) -> dict:
    """The API of some clusters is down for a while."""
    return {
        "name": f"outage-{at}",
        "trigger": {"at": at},
        "lasts": lasts,
        "when": {"cluster": clusters},
        **breaks("api"),
    }


# --- what was bad ----------------------------------------------------------------------------------------


def test_bad_node_hours_of_a_known_outage():
    assert metric(
        "bad_node_hours", fleet=fleet(nodes=4, clusters=2), faults=[power_cut("1h", "90m", when={"cluster": "prod-1"})]
    ) == pytest.approx(4 * 1.5)


def test_blast_radius_is_what_was_hit_at_once():
    """Two clusters of four, at the same time; a third later."""
    outages = [api_outage("1h", "1h", ["prod-0", "prod-1"]), api_outage("5h", "1h", ["prod-2"])]
    services = [WEB, {"name": "own", "replicas": 2}]
    metrics = run_of(fleet=fleet(nodes=2, clusters=4), faults=outages, services=services).metrics
    assert metrics["blast_radius_clusters"] == 0.5 and metrics["blast_radius_nodes"] == 0.0
    assert metrics["blast_radius_services"] == 2 / 8  # two services in four clusters; one needs the API
    cut = power_cut("1h", "1h", when={"cluster": "prod-0"})
    metrics = run_of(fleet=fleet(nodes=2, clusters=4), faults=[cut]).metrics
    assert metrics["blast_radius_nodes"] == 0.25
    assert metrics["blast_radius_clusters"] == 0.0  # hardware that fails is no change; no component was down


def test_a_cluster_is_affected_while_a_change_has_a_node_out_of_order():
    def affected(impairment: dict) -> list[tuple[float, float]]:
        defect = {"impairs": [impairment], "lasts": "20m"}
        run = run_of(fleet=fleet(nodes=2), changes=[config(at="1h", defect=defect)])
        return list(zip(run.exposure["at"] - HOUR - 70, run.exposure["bad_clusters"], strict=True))[1:]

    assert affected({"component": "kubelet"}) == [(0, 1), (1200, 0)]
    assert affected({"component": "kubelet", "flapping": "10m"}) == [(0, 1), (300, 0), (600, 1), (900, 0)]
    assert affected({"component": "kubelet", "to": "degraded"}) == []


def test_a_service_counts_only_where_it_has_replicas():
    clusters = fleet(nodes=2, clusters=1) + [
        {"name": "other", "clusters": 3, "pools": [{"name": "workers", "nodes": 2}]}
    ]
    outage = api_outage("1h", "1h", ["prod", "other-0", "other-1", "other-2"])
    web = WEB | {"select": {"fleet": "prod"}}
    assert metric("blast_radius_services", fleet=clusters, faults=[outage], services=[web]) == 1.0


def test_availability_and_error_budget_with_constants():
    metrics = run_of(
        fleet=fleet(nodes=2, clusters=2), faults=[api_outage("1h", "36m", ["prod-0"])], services=[WEB | {"slo": 0.99}]
    ).metrics
    assert metrics["service_availability"] == pytest.approx(1 - 0.025 / 2)
    assert metrics["error_budget_used"] == pytest.approx(2.5 / 2)


# --- how changes went ------------------------------------------------------------------------------------


def test_convergence_of_a_known_ramp():
    """Five clusters join at 10, 30, 50, 70 and 90 s; the pipeline and the apply take 70 s more."""
    metrics = run_of(fleet=fleet(nodes=2, clusters=5), changes=[config(at="1h", over="100s")]).metrics
    lags = [80, 100, 120, 140, 160]
    assert metrics["convergence_p50"] == metrics["lead_time"] == 120
    assert metrics["convergence_p95"] == pytest.approx(np.quantile(lags, 0.95))
    assert metrics["convergence_max"] == 160


def test_every_commit_of_a_repeated_change_has_its_lag():
    run = run_of(fleet=fleet(nodes=2), changes=[config(at="1h", repeat={"every": "1h", "times": 30})])
    assert run.changes["commits"].iloc[0] == 24  # the last at 24:00, which is the horizon
    assert run.metrics["convergence_max"] == pytest.approx(70) and run.metrics["convergence_p50"] == 70
    assert run.metrics["deployment_frequency"] == 24


def test_vulnerable_from_the_release_until_the_version_runs():
    assert metric("vulnerable_node_days", changes=[image("v2", at="1h")]) * DAY == pytest.approx(
        RUNS_AFTER + TURN + RUNS_AFTER
    )


def test_vulnerable_to_the_newest_release_only():
    two = metric("vulnerable_node_days", changes=[image("v2", at="1h"), image("v3", at="12h")]) * DAY
    assert two == pytest.approx(2 * (RUNS_AFTER + TURN + RUNS_AFTER))


def test_a_release_for_others_does_not_end_being_vulnerable():
    """The first release never works: its nodes stay vulnerable, whatever is released for the other fleet."""
    clusters = [{"name": name, "pools": [{"name": "workers", "nodes": 1, "os": talos()}]} for name in ("a", "b")]
    broken = image("v2", at="1h", select={"fleet": "a"}, defect=breaks("boot.init"))
    other = image("v3", at="2h", select={"fleet": "b"})
    assert metric("vulnerable_node_days", fleet=clusters, changes=[broken, other]) * DAY == pytest.approx(
        23 * HOUR + RUNS_AFTER
    )


def test_a_node_that_was_rolled_back_is_vulnerable_again():
    run = run_of(
        fleet=fleet(nodes=1),
        onCall=QUICK,
        alerts=[alert({"nodes": "bad"}, **{"for": "1m"})],
        changes=[image("v2", at="1h", defect=breaks("kubelet", clearedBy=["rollback"]))],
        remedies=[{"name": "rollback", "duration": "5m"}],
    )
    incident = run.incidents.iloc[0]
    # the version before runs when its boot is through; until then the release did
    ran = incident["decided_at"] + 300 + 100 - (HOUR + RUNS_AFTER)
    assert run.metrics["vulnerable_node_days"] * DAY == pytest.approx(23 * HOUR - ran)


def test_drift_lasts_for_ever_where_nobody_looks_again():
    assert metric("drift_node_hours", fleet=fleet(nodes=3), changes=[BY_HAND]) == pytest.approx(3 * 23)


def test_drift_lasts_until_the_next_reconcile_under_flux():
    run = run_of(fleet=fleet(nodes=3), gitops={"engine": "flux"}, changes=[BY_HAND])
    corrected = run.events.set_index("what").loc["drift corrected", "at"]
    assert run.metrics["drift_node_hours"] == pytest.approx(3 * (corrected - HOUR) / HOUR)
    assert 0 < corrected - HOUR < 1.3 * 600  # the default interval, its jitter, and the apply


# --- DORA and audit --------------------------------------------------------------------------------------


def test_the_dora_four():
    """Two commits in a day; one of them breaks the kubelets until it is reverted."""
    run = bad_kubelets(
        changes=[config("good", at="30m"), config(at="1h", defect=breaks("kubelet", clearedBy=["revert"]))]
    )
    assert run.metrics["deployment_frequency"] == 2 and run.metrics["lead_time"] == 70
    assert run.metrics["change_failure_rate"] == 0.5
    incident = run.incidents.iloc[0]
    assert run.metrics["mttr"] == run.metrics["time_to_restore"] == incident["mttr_s"] > 0
    assert run.metrics["mttd"] == incident["detected_at"] - incident["began_at"]
    assert run.metrics["time_to_decide"] == incident["decided_at"] - incident["detected_at"]
    assert run.metrics["exposure_at_detection"] == 1.0


def test_the_exposure_that_counts_is_that_of_the_worst_incident():
    small, large = (
        power_cut(at, "30m", name=name, when={"cluster": where})
        for name, at, where in (("small", "1h", "prod-0"), ("large", "3h", ["prod-0", "prod-1", "prod-2"]))
    )
    spec = {"fleet": fleet(nodes=2, clusters=4), "alerts": [alert({"nodes": "bad"})], "onCall": QUICK}
    assert metric("exposure_at_detection", faults=[small, large], **spec) == 0.75


def test_a_defect_that_finds_nothing_to_bite_is_no_failure():
    harmless = config(at="1h", defect={**breaks("kubelet"), "probability": "0%"})
    assert metric("change_failure_rate", changes=[harmless]) == 0.0


def test_a_hand_edit_leaves_no_trace_and_is_no_deployment():
    metrics = run_of(fleet=fleet(nodes=2), changes=[config(at="1h"), BY_HAND]).metrics
    assert metrics["audit_coverage"] == 0.5
    assert metrics["deployment_frequency"] == 1 and metrics["lead_time"] == 70


def test_broken_glass_leaves_no_trace_either():
    run = bad_kubelets(remedies=[{"name": "break-glass", "duration": "5m"}])
    assert run.incidents["remedy"].tolist() == ["break-glass"]
    assert run.metrics["audit_coverage"] == 0.5


# --- rollbacks -------------------------------------------------------------------------------------------

ROLLED = {
    "fleet": fleet(talos(upgrade={"onFailure": "continue"}), nodes=2),
    "onCall": QUICK,
    "alerts": [alert({"nodes": "bad"}, **{"for": "1m"})],
    "remedies": [{"name": "rollback", "duration": "5m"}],
}


def test_what_fails_before_it_is_proven_rolls_back_by_itself():
    run = run_of(**ROLLED, changes=[image(at="1h", defect=breaks("boot.init", clearedBy=["rollback"]))])
    assert run.metrics["automatic_rollbacks"] == 2 and run.metrics["manual_rollbacks"] == 0
    assert run.changes[["automatic_rollbacks", "reached_nodes"]].to_numpy().tolist() == [[2, 0]]
    assert set(run.nodes["state"]) == {"ready on old version"}


def test_what_fails_later_takes_people():
    broken = image(at="1h", maxUnavailable=2, defect=breaks("kubelet", clearedBy=["rollback"]))
    run = run_of(**ROLLED, changes=[broken])
    assert run.metrics["automatic_rollbacks"] == 0 and run.metrics["manual_rollbacks"] == 2
    assert set(run.nodes["version"]) == {"1.0.0"}


def test_only_rollbacks_that_were_through_by_the_horizon_count():
    """Hands take a day for each machine: one of two is done."""
    run = run_of(
        **ROLLED | {"horizon": "30h", "remedies": [{"name": "hands", "duration": "1d"}]},
        changes=[image(at="1h", defect=breaks("kubelet", clearedBy=["hands"]))],
    )
    assert run.metrics["manual_rollbacks"] == 1


# --- nothing to measure ----------------------------------------------------------------------------------


def test_a_run_without_changes_has_zeros_where_nothing_was_and_no_number_where_nothing_could_be():
    metrics = run_of(fleet=fleet(nodes=2)).metrics
    assert list(metrics.index) == [m.name for m in METRICS]
    zero = {
        "bad_node_hours",
        "blast_radius_nodes",
        "blast_radius_clusters",
        "drift_node_hours",
        "deployment_frequency",
        "automatic_rollbacks",
        "manual_rollbacks",
    }
    assert set(metrics.index[metrics == 0]) == zero
    assert set(metrics.index[metrics.isna()]) == set(metrics.index) - zero


def test_what_is_not_over_has_no_time_to_recover():
    metrics = bad_kubelets(remedies=[]).metrics
    assert np.isnan(metrics["mttr"]) and np.isnan(metrics["time_to_restore"]) and metrics["mttd"] > 0


def test_every_metric_has_a_unit_and_a_definition():
    assert all(m.unit and m.title and m.definition.endswith(".") for m in METRICS)
