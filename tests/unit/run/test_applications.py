"""What applications show: out of sync or unknown, when, to which alert; and what nobody sees."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import InvalidScenario
from simulator.run.applications import applications
from simulator.run.world import World
from tests.unit.worlds import DAY, HOUR, MINUTE, QUICK, alert, breaks, config, fleet, said, scenario, spans, world

ARGO = {"engine": "argo-cd", "webhook": True, "compare": "3s", "apply": "5s"}
FLUX = {"engine": "flux", "webhook": True, "fetch": "2s", "apply": "5s"}
POLL = 3 * MINUTE + 1  # the longest time between two comparisons


def outage(component: str, at: str, lasts: str, **more) -> dict:
    return {"name": f"no-{component}", "trigger": {"at": at}, "lasts": lasts, **breaks(component), **more}


def shown(found: World, status: str) -> list[tuple[int, float, float]]:
    """When applications had a status, by cluster, up to the horizon."""
    everywhere = np.ones(found.layout.clusters, bool)
    return spans(applications(found, status, everywhere).clip(0.0, found.horizon))


def one(**spec) -> World:
    return world(**{"fleet": fleet(), "gitops": ARGO, **spec})


# --- out of sync ------------------------------------------------------------------------------------------


def test_out_of_sync_from_the_comparison_to_the_sync():
    assert shown(one(changes=[config(at="1h")]), "out-of-sync") == [(0, HOUR + 3, HOUR + 8)]
    flux = one(gitops=FLUX, changes=[config(at="1h")])
    assert shown(flux, "out-of-sync") == [(0, HOUR + 2, HOUR + 7)]


def test_a_commit_that_was_given_up_stays_out_of_sync():
    found = one(changes=[config(at="1h")], faults=[outage("admission", "59m", "10m")])
    assert shown(found, "out-of-sync") == [(0, HOUR + 3, DAY)]


def test_without_auto_sync_it_is_out_of_sync_until_somebody_syncs():
    gitops = {**ARGO, "applications": [{"name": "apps", "autoSync": False}]}
    assert shown(one(gitops=gitops, changes=[config(at="1h")]), "out-of-sync") == [(0, HOUR + 3, DAY)]


@pytest.mark.parametrize("heals", [False, True])
def test_drift_is_out_of_sync(heals):
    gitops = {**ARGO, "applications": [{"name": "apps", "selfHeal": heals}]}
    edit = {"name": "edit", "kind": "manual", "at": "2h"}
    end = 2 * HOUR + 2 + 5 if heals else DAY
    assert shown(one(gitops=gitops, changes=[edit]), "out-of-sync") == [(0, 2 * HOUR, end)]


def test_flux_shows_no_drift():
    edit = {"name": "edit", "kind": "manual", "at": "2h"}
    assert shown(one(gitops=FLUX, changes=[edit]), "out-of-sync") == []


def test_edge_32_what_is_not_pruned_is_out_of_sync_for_ever():
    assert shown(one(changes=[config(at="1h", removes=True)]), "out-of-sync") == [(0, HOUR + 3, DAY)]


def test_what_a_pipeline_brings_is_not_the_engines():
    found = one(changes=[config(at="1h", removes=True)], gitops={"engine": "push"})
    assert shown(found, "out-of-sync") == shown(found, "unknown") == []


# --- unknown ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("component", ["git", "repo-server", "hub", "api"])
def test_edge_37_an_outage_makes_unknown_from_comparison_to_comparison(component):
    found = world(fleet=fleet(clusters=20), gitops=ARGO, faults=[outage(component, "2h", "3h")])
    unknown = shown(found, "unknown")
    assert len(unknown) == 20
    for _, begin, end in unknown:
        assert 2 * HOUR < begin < 2 * HOUR + POLL and 5 * HOUR <= end < 5 * HOUR + POLL


@pytest.mark.parametrize("component", ["registry", "admission", "quota", "dns"])
def test_edge_37_what_no_comparison_asks_makes_nothing_unknown(component):
    assert shown(one(faults=[outage(component, "2h", "3h")]), "unknown") == []


def test_edge_37_unknown_is_not_out_of_sync():
    """Merged while Git is down: nobody knows of it. Known to be lacking before: nobody can say that it still is."""
    changes = [config("late", at="3h"), {"name": "edit", "kind": "manual", "at": "90m"}]
    found = one(changes=changes, faults=[outage("git", "2h", "3h")])
    ((_, begin, end),) = shown(found, "unknown")
    assert shown(found, "out-of-sync") == [(0, 90 * MINUTE, begin), (0, end, DAY)]


def test_an_outage_between_two_comparisons_is_seen_by_few():
    found = world(fleet=fleet(clusters=500), gitops=ARGO, faults=[outage("git", "2h", "15s")])
    assert 500 * 15 / 180 * 0.6 < len(shown(found, "unknown")) < 500 * 15 / 120 * 1.4


def test_an_argo_cd_in_each_cluster_does_not_ask_the_hub():
    assert shown(one(gitops={**ARGO, "topology": "per-cluster"}, faults=[outage("hub", "2h", "3h")]), "unknown") == []


def test_a_flux_source_that_can_not_fetch_is_not_ready_until_its_back_off_ends():
    found = one(gitops=FLUX, faults=[outage("git", "2h", "3h")])
    ((_, begin, end),) = shown(found, "unknown")
    assert 2 * HOUR < begin < 2 * HOUR + 64 and 5 * HOUR <= end < 5 * HOUR + 15 * MINUTE
    assert shown(one(gitops=FLUX, faults=[outage("hub", "2h", "3h")]), "unknown") == []
    assert shown(one(gitops=FLUX, faults=[outage("api", "2h", "3h")]), "unknown") == [(0, 2 * HOUR, 5 * HOUR)]


def test_the_metric_counts_cluster_hours():
    hub = {"fleet": fleet(clusters=10), "faults": [outage("hub", "2h", "3h")]}
    for gitops, hours in ((ARGO, 30), (FLUX, 0)):
        run = scenario(gitops=gitops, **hub).run(seed=1)
        assert run.metrics["unknown_cluster_hours"] == pytest.approx(hours, abs=10 * POLL / HOUR)
    assert np.isnan(scenario(gitops={"engine": "push"}, **hub).run(seed=1).metrics["unknown_cluster_hours"])


# --- alerts -----------------------------------------------------------------------------------------------


def paged(status: str, above: float = 0.0, select: dict | None = None, **spec) -> list[float]:
    expr = {"applications": status, "above": above, "select": select or {}}
    found = world(**{"gitops": ARGO, "alerts": [alert(expr, **{"for": "5m"})], "fleet": fleet(clusters=10), **spec})
    return [entry.at for entry in said(found, "paged")]


def test_edge_37_an_alert_on_out_of_sync_stays_green_while_everything_is_unknown():
    spec = {"changes": [config(at="3h")], "faults": [outage("hub", "2h", "3h")]}
    assert paged("out-of-sync", **spec) == []
    (at,) = paged("unknown", **spec)
    assert 2 * HOUR + 5 * MINUTE < at < 2 * HOUR + POLL + 8 * MINUTE


def test_a_share_of_clusters():
    shut = [outage("api", "2h", "3h", when={"cluster": {"in": [f"prod-{n}" for n in range(4)]}})]
    assert paged("unknown", 0.5, faults=shut) == []
    assert len(paged("unknown", 0.3, faults=shut)) == 1
    assert paged("unknown", select={"cluster": "prod-9"}, faults=shut) == []
    assert len(paged("unknown", select={"cluster": "prod-0"}, faults=shut)) == 1


def test_out_of_sync_for_long_is_seen():
    """A commit that is given up; and a hub that is slow."""
    shut = [outage("admission", "59m", "10m")]
    assert len(paged("out-of-sync", changes=[config(at="1h")], faults=shut)) == 1
    assert paged("out-of-sync", changes=[config(at="1h")]) == []
    slow = {**ARGO, "applications": [{"name": "apps", "perCluster": 1000}]}
    assert len(paged("out-of-sync", changes=[config(at="1h")], gitops=slow)) == 1


def test_who_is_paged_finds_the_hub_and_puts_it_right():
    run = scenario(
        fleet=fleet(clusters=5),
        gitops=ARGO,
        changes=[config(at="3h")],
        faults=[outage("hub", "2h", "20h", clearedBy=["revert"])],
        alerts=[alert({"applications": "unknown", "above": 0.5}, **{"for": "5m"})],
        onCall=QUICK,
        remedies=[{"name": "revert", "duration": "10m"}],
    ).run(seed=1)
    (incident,) = run.incidents.to_dict("records")
    assert incident["cause"] == "no-hub" and incident["remedy"] == "revert"
    assert incident["recovered_at"] < 2 * HOUR + 30 * MINUTE
    assert run.changes["convergence_max_s"].tolist() == [8.0]


def test_a_slow_hub_is_blamed_on_the_commit_that_keeps_it_busy():
    slow = {**ARGO, "applications": [{"name": "apps", "perCluster": 1000}]}
    alerts = [alert({"applications": "out-of-sync", "above": 0.5}, **{"for": "5m"})]
    run = scenario(fleet=fleet(clusters=10), gitops=slow, changes=[config(at="1h")], alerts=alerts).run(seed=1)
    (incident,) = run.incidents.to_dict("records")
    assert incident["cause"] == "conf" and incident["began_at"] == HOUR + 3 and incident["remedy"] == ""


@pytest.mark.parametrize("engine", ["push", "rancher-fleet"])
def test_an_engine_that_tells_no_status_can_not_be_watched(engine):
    with pytest.raises(InvalidScenario, match=f"{engine} does not tell whether applications are unknown"):
        scenario(fleet=fleet(), gitops={"engine": engine}, alerts=[alert({"applications": "unknown"})]).require_valid()
