"""Argo CD: the sync decision, retries that give up, self-heal, prune, waves, hooks, progressive syncs, rollback."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.worlds import (
    DAY,
    HOUR,
    MINUTE,
    QUICK,
    alert,
    applied,
    breaks,
    config,
    down,
    fleet,
    said,
    scenario,
    world,
)

COMPARE, APPLY = 3.0, 5.0


def argo(app: dict | None = None, **settings) -> dict:
    """Argo CD with one application, whose comparisons are called by a webhook."""
    apps = {"applications": [{"name": "apps", **app}]} if app else {}
    return {"engine": "argo-cd", "webhook": True, "compare": "3s", "apply": "5s", **apps, **settings}


def outage(component: str, at: str, lasts: str, name: str = "outage", **more) -> dict:
    return {"name": name, "trigger": {"at": at}, "lasts": lasts, **breaks(component), **more}


def edited(at: str, name: str = "edit", **change) -> dict:
    return {"name": name, "kind": "manual", "at": at, **change}


def one(**spec):
    """A world with one cluster."""
    return world(**{"fleet": fleet(), **spec})


# --- syncing ----------------------------------------------------------------------------------------------


def test_a_commit_is_compared_and_synced():
    assert applied(one(gitops=argo(), changes=[config(at="1h")])).tolist() == [HOUR + COMPARE + APPLY]


def test_without_auto_sync_nothing_happens_by_itself():
    assert applied(one(gitops=argo({"autoSync": False}), changes=[config(at="1h")]))[0] == np.inf


def test_attempts_wait_5_10_20_40_and_80_seconds():
    """The webhook comes back between the fifth try and the sixth."""
    first = HOUR + COMPARE
    tries = first + np.concatenate([[0], np.cumsum(np.array([5, 10, 20, 40, 80]) + APPLY)])
    until = (tries[4] + tries[5]) / 2
    shut = outage("admission", "59m", f"{until - 59 * MINUTE:.0f}s")
    assert applied(one(gitops=argo(), changes=[config(at="1h")], faults=[shut])).tolist() == [tries[5] + APPLY]


@pytest.mark.parametrize("component", ["admission", "quota"])
def test_edge_30_after_five_retries_a_revision_is_never_tried_again(component):
    """The cause is gone after five minutes; a day later the fix is still not there."""
    found = one(gitops=argo(), changes=[config(at="1h")], faults=[outage(component, "59m", "5m")])
    assert applied(found)[0] == np.inf


def test_edge_30_a_new_commit_brings_what_was_given_up():
    changes = [config("fix", at="1h"), config("other", at="6h")]
    found = one(gitops=argo(), changes=changes, faults=[outage("admission", "59m", "5m")])
    assert applied(found, 0).tolist() == applied(found, 1).tolist() == [6 * HOUR + COMPARE + APPLY]


def test_edge_30_a_commit_to_another_application_does_not():
    apps = [{"name": "apps"}, {"name": "infra"}]
    changes = [config("fix", at="1h"), config("other", at="6h", via="infra")]
    found = one(gitops=argo(applications=apps), changes=changes, faults=[outage("admission", "59m", "5m")])
    assert applied(found, 0)[0] == np.inf and np.isfinite(applied(found, 1)[0])


def test_no_commit_is_brought_along_before_it_is_merged():
    """The series is planned as a whole; a commit in the midst of it brings what was merged before, and nothing else."""
    series = config("series", at="1h", repeat={"every": "10m", "times": 4})
    found = one(gitops=argo(), changes=[series, config("other", at="65m")], faults=[outage("admission", "74m", "1m")])
    assert (applied(found) - HOUR - COMPARE - APPLY).tolist() == [0, 600, 1200, 1800]


def test_edge_30_self_heal_does_not_help():
    """It needs a sync that has succeeded."""
    heal = argo({"selfHeal": True})
    shut = outage("admission", "59m", "5m")
    found = one(gitops=heal, changes=[config(at="1h"), edited("3h")], faults=[shut])
    assert found.drifts[0].end[0] == np.inf
    well = one(gitops=heal, changes=[config(at="1h"), edited("3h")])
    assert well.drifts[0].end[0] == 3 * HOUR + 2 + APPLY


def test_more_retries_get_through():
    found = one(
        gitops=argo({"retry": {"limit": 8}}), changes=[config(at="1h")], faults=[outage("admission", "59m", "5m")]
    )
    assert HOUR + 4 * MINUTE < applied(found)[0] < HOUR + 9 * MINUTE


# --- unknown ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("component", ["git", "repo-server", "hub", "api"])
def test_edge_37_unknown_is_not_out_of_sync(component):
    """No sync, no self-heal, and nothing is given up: it goes on at a comparison after the outage."""
    changes = [config("before", at="10m"), config(at="1h"), edited("2h")]
    found = one(gitops=argo({"selfHeal": True}), changes=changes, faults=[outage(component, "50m", "5h")])
    back = 50 * MINUTE + 5 * HOUR
    for at in (applied(found, 1)[0], found.drifts[0].end[0]):
        assert back <= at <= back + 3 * MINUTE + COMPARE + APPLY + 2


def test_an_argo_cd_in_each_cluster_needs_no_hub():
    spec = {"changes": [config(at="1h")], "faults": [outage("hub", "50m", "5h")]}
    assert applied(one(gitops=argo(topology="per-cluster"), **spec))[0] == HOUR + COMPARE + APPLY


# --- drift ------------------------------------------------------------------------------------------------


def _healed(*at: float, **settings) -> list[float]:
    """How long each of some edits lasted, without the sync."""
    changes = [edited(f"{t:.0f}s", f"edit-{k}") for k, t in enumerate(at)]
    found = one(gitops=argo({"selfHeal": True}, **settings), changes=changes)
    return [float(d.end[0] - d.begin[0] - APPLY) for d in found.drifts]


def test_edge_31_self_heal_takes_longer_each_time():
    """2 s, three times as long each time, 300 s at most."""
    edits = [HOUR + 320 * k for k in range(7)]
    assert _healed(*edits) == [2, 6, 18, 54, 162, 300, 300]


def test_edge_31_and_starts_again_after_the_cooldown():
    assert _healed(HOUR, HOUR + 300, HOUR + 3000) == [2, 6, 2]
    assert _healed(HOUR, HOUR + 300, HOUR + 3000, version="3.0") == [2, 6, 18]  # the cooldown came with 3.1


def test_in_2_10_it_always_took_five_seconds():
    assert _healed(HOUR, HOUR + 60, HOUR + 120, version="2.10") == [5, 5, 5]


def test_self_heal_is_off_unless_it_is_switched_on():
    assert one(gitops=argo(), changes=[edited("1h")]).drifts[0].end[0] == np.inf


def test_edge_32_prune_is_off_by_default():
    gone = config(at="1h", removes=True)
    found = one(gitops=argo(), changes=[gone])
    assert len(said(found, "orphaned")) == 1 and found.drifts[0].end[0] == np.inf
    assert said(one(gitops=argo({"prune": True}), changes=[gone]), "orphaned") == []


@pytest.mark.parametrize(
    ("app", "deleted"), [({}, False), ({"prune": True}, False), ({"prune": True, "allowEmpty": True}, True)]
)
def test_a_sync_that_would_prune_everything_is_refused(app, deleted):
    empty = config(at="1h", emptyRender=True, defect=breaks("dns"))
    found = one(gitops=argo(app), changes=[empty])
    assert bool(down(found, "dns")) == deleted and (said(found, "orphaned") == []) == deleted


def test_flux_prunes_everything_without_asking():
    empty = config(at="1h", emptyRender=True, defect=breaks("dns"))
    assert down(one(gitops={"engine": "flux"}, changes=[empty]), "dns")


# --- waves and hooks --------------------------------------------------------------------------------------

WAVES = {"waves": [{"name": "crds", "health": ["dns"]}, {"name": "apps", "health": ["web"]}, {"name": "jobs"}]}
WEB = {"name": "web", "replicas": 1}


def test_a_wave_waits_two_seconds_after_the_one_before():
    found = one(gitops=argo(WAVES), services=[WEB], changes=[config(at="1h", via="apps.jobs")])
    assert applied(found)[0] == HOUR + COMPARE + 3 * APPLY + 2 * 2


def test_edge_34_a_degraded_early_wave_blocks_the_fix_in_a_later_one():
    changes = [config("fix", at="1h", via="apps.apps"), config("early", at="2h", via="apps.crds")]
    found = one(gitops=argo(WAVES), services=[WEB], changes=changes, faults=[outage("dns", "30m", "8h")])
    well = 8.5 * HOUR
    assert applied(found, 0)[0] == well + 2 + APPLY
    # The sync of the fix has not ended, so the commit to the early wave can't begin before.
    assert applied(found, 1)[0] >= well


def test_edge_34_for_as_long_as_it_stays_unhealthy():
    found = one(
        gitops=argo(WAVES),
        services=[WEB],
        changes=[config(at="1h", via="apps.apps")],
        faults=[outage("dns", "30m", "30d")],
    )
    assert applied(found)[0] > DAY


def test_a_change_in_an_early_wave_needs_no_later_one():
    found = one(
        gitops=argo(WAVES),
        services=[WEB],
        changes=[config(at="1h", via="apps.crds")],
        faults=[outage("dns", "30m", "8h")],
    )
    assert applied(found)[0] == HOUR + COMPARE + APPLY


@pytest.mark.parametrize("assessed", [False, True])
def test_edge_36_app_of_apps_is_healthy_too_early(assessed):
    """Waves of Applications pass at once, unless the custom health check is there."""
    parent = argo({**WAVES, "appOfApps": True, "applicationHealth": assessed})
    spec = {"services": [WEB], "faults": [outage("dns", "30m", "8h")]}
    at = applied(one(gitops=parent, changes=[config(at="1h", via="apps.apps")], **spec))[0]
    assert at == (8.5 * HOUR + 2 + APPLY if assessed else HOUR + COMPARE + 2 * APPLY + 2)


def test_a_pre_sync_hook_comes_first_and_its_failure_is_the_syncs():
    hook = {"preSync": {"duration": "1m", "requires": ["registry"]}}
    assert applied(one(gitops=argo(hook), changes=[config(at="1h")]))[0] == HOUR + COMPARE + MINUTE + APPLY
    shut = [outage("registry", "59m", "6m")]
    assert applied(one(gitops=argo(hook), changes=[config(at="1h")], faults=shut))[0] == np.inf


def test_a_post_sync_hook_that_fails_leaves_no_sync_to_heal_from():
    hook = argo({"selfHeal": True, "postSync": {"duration": "10s", "requires": ["registry"]}})
    changes = [config(at="1h"), edited("3h")]
    found = one(gitops=hook, changes=changes, faults=[outage("registry", "59m", "5m")])
    assert applied(found)[0] == HOUR + COMPARE + APPLY and found.drifts[0].end[0] == np.inf


# --- progressive syncs ------------------------------------------------------------------------------------


def _rolling(maximum: str = "100%", **spec):
    steps = [{"select": {"environment": "staging"}}, {"select": {"environment": "prod"}, "maxUpdate": maximum}]
    entries = [
        {"name": e, "environment": e, "clusters": 4, "pools": [{"name": "w", "nodes": 1}]} for e in ("staging", "prod")
    ]
    app = {"selfHeal": True}
    return world(fleet=entries, gitops=argo(app, rollingSync={"steps": steps}), changes=[config(at="1h")], **spec)


def test_a_step_begins_when_the_one_before_is_healthy():
    found = applied(_rolling("50%"))
    first = HOUR + COMPARE + APPLY
    assert found.tolist() == [first] * 4 + [first + APPLY] * 2 + [first + 2 * APPLY] * 2


def test_edge_35_one_application_that_is_not_healthy_stops_all_later_steps():
    sick = outage("web", "59m", "30d", when={"cluster": "staging-1"})
    found = applied(_rolling(services=[WEB], faults=[sick]))
    assert (found[:4] < DAY).all() and (found[4:] > DAY).all()


def test_edge_35_it_switches_self_heal_off():
    steps = {"steps": [{}]}
    found = one(gitops=argo({"selfHeal": True}, rollingSync=steps), changes=[config(at="1h"), edited("3h")])
    assert found.drifts[0].end[0] == np.inf


# --- rollback ---------------------------------------------------------------------------------------------


def _incident(app: dict):
    bad = config(at="1h", defect=breaks("dns", clearedBy=["revert"]))
    return scenario(
        fleet=fleet(clusters=2),
        gitops=argo(app),
        changes=[bad],
        alerts=[alert({"component": "dns"})],
        onCall=QUICK,
        remedies=[{"name": "app-rollback", "duration": "1m"}, {"name": "revert", "duration": "5m"}],
    ).run(seed=1)


def test_edge_33_a_rollback_is_refused_under_auto_sync():
    """The revert commit is the rollback, and must itself sync."""
    run = _incident({})
    (refused,) = said(run.world, "remedy refused")
    assert refused.subject == "app-rollback" and "auto-sync" in refused.note
    assert run.incidents["remedy"].tolist() == ["revert"]
    (merged,), (ended,) = (said(run.world, what) for what in ("revert merged", "revert applied"))
    assert ended.at == merged.at + COMPARE + APPLY


def test_a_rollback_without_auto_sync_is_quick_and_leaves_drift():
    run = scenario(
        fleet=fleet(clusters=2),
        gitops=argo(rollingSync={"steps": [{}]}),
        changes=[config(at="1h", defect=breaks("dns", clearedBy=["revert"]))],
        alerts=[alert({"component": "dns"})],
        onCall=QUICK,
        remedies=[{"name": "app-rollback", "duration": "1m"}],
    ).run(seed=1)
    assert said(run.world, "remedy refused") == []
    assert [e.what for e in run.world.journal.entries(DAY) if "rolled back" in e.what] == ["rolled back in the engine"]
    assert run.metrics["drift_node_hours"] > 0 and run.metrics["audit_coverage"] == 0.5
    assert run.changes["status"].tolist() == ["reverted"]
