"""Flux: when a commit is applied, what is tried again and when, what is put right and what is not."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.kernel import backoff
from tests.unit.worlds import DAY, HOUR, MINUTE, applied, breaks, config, down, fleet, said, spans, world

FETCH, APPLY = 2.0, 5.0


def flux(**settings):
    """Flux with a fixed fetch and apply."""
    return {"engine": "flux", "fetch": "2s", "apply": "5s", **settings}


def outage(component: str, at: str, lasts: str, name: str = "outage", **more):
    """A component is down for a while."""
    return {"name": name, "trigger": {"at": at}, "lasts": lasts, **breaks(component), **more}


def edited(at: str = "1h", **change):
    """A hand edit."""
    return {"name": "edit", "kind": "manual", "at": at, **change}


# --- from a commit to the cluster -------------------------------------------------------------------------


def test_a_commit_waits_half_an_interval_on_average_and_is_then_applied_at_once():
    """Mean interval/2 for the source; the new revision is reconciled outside the Kustomization's interval."""
    found = world(fleet=fleet(clusters=2000), gitops=flux(), changes=[config(at="1h")])
    wait = applied(found) - HOUR - FETCH - APPLY
    assert (wait >= 0).all() and wait.max() < 64.0  # the interval has 5 % jitter
    assert wait.mean() == pytest.approx(30.0, abs=1.0)


def test_a_webhook_spares_the_wait():
    found = world(fleet=fleet(clusters=5), gitops=flux(webhook=True), changes=[config(at="1h")])
    assert (applied(found) == HOUR + FETCH + APPLY).all()


def test_a_source_backs_off_after_a_git_outage():
    """Retries of a failing source double from 750 ms to at most 15 min."""
    at, until = 1000.0, 1000.0 + 4 * HOUR
    chain = [at]
    gap = 0.75
    while chain[-1] < until:
        chain.append(chain[-1] + gap)
        gap = min(2 * gap, 900.0)
    assert backoff.after(np.array([at]), np.array([until]), 0.75, 2.0, 900.0)[0] == pytest.approx(chain[-1])
    found = world(
        fleet=fleet(clusters=500),
        gitops=flux(),
        faults=[outage("git", "1h", "4h")],
        changes=[config(at="2h")],
    )
    late = applied(found) - 5 * HOUR - FETCH - APPLY
    assert (late >= 0).all() and late.max() <= 15 * MINUTE
    assert late.max() > 14 * MINUTE or np.ptp(late) > 30.0  # the phase of the last look that failed decides


def test_a_short_git_outage_costs_little():
    """The first retries come fast: an outage of 10 s is over for everybody after another 10 s."""
    found = world(
        fleet=fleet(clusters=500),
        gitops=flux(),
        faults=[outage("git", "1h", "10s")],
        changes=[config(at="1h1s")],
    )
    assert (applied(found) - HOUR).max() <= 10.0 + 12.0 + 64.0
    assert ((applied(found) - HOUR) >= 10.0).all()


def test_nothing_is_merged_while_git_is_down_even_with_a_webhook():
    found = world(
        fleet=fleet(),
        gitops=flux(webhook=True),
        faults=[outage("git", "1h", "1h")],
        changes=[config(at="90m")],
    )
    assert applied(found)[0] == 2 * HOUR + FETCH + APPLY


def test_what_was_fetched_before_git_went_down_is_still_applied():
    """The last good artifact is kept and applied downstream: drift is put right without Git."""
    found = world(fleet=fleet(), gitops=flux(), faults=[outage("git", "30m", "20h")], changes=[edited("1h")])
    assert found.drifts[0].end[0] <= HOUR + 10.5 * MINUTE + APPLY


# --- edge behaviours 38 and 39 ----------------------------------------------------------------------------


@pytest.mark.parametrize(("retry", "tried"), [(None, 10 * MINUTE), ("2m", 2 * MINUTE), ("1h", HOUR)])
def test_edge_38_a_failed_kustomization_waits_its_retry_interval(retry, tried):
    """retryInterval equals the interval unless somebody sets it."""
    item = {"name": "apps", **({"retryInterval": retry} if retry else {})}
    calm = world(fleet=fleet(), gitops=flux(kustomizations=[item]), changes=[config(at="1h")])
    first = applied(calm)[0] - APPLY
    found = world(
        fleet=fleet(),
        gitops=flux(kustomizations=[item]),
        changes=[config(at="1h")],
        faults=[outage("api", f"{first - 1:.0f}s", "10s")],
    )
    assert applied(found)[0] == pytest.approx(first + tried + APPLY)


def test_edge_38_the_admission_webhook_holds_it_up_as_well():
    calm = world(fleet=fleet(), gitops=flux(), changes=[config(at="1h")])
    found = world(
        fleet=fleet(),
        gitops=flux(),
        changes=[config(at="1h")],
        faults=[outage("admission", f"{applied(calm)[0] - 10:.0f}s", "15s")],
    )
    assert applied(found)[0] == pytest.approx(applied(calm)[0] + 10 * MINUTE)


RELEASE = {"name": "chart", "timeout": "5m"}


def test_edge_39_kustomization_drift_is_put_right_at_the_next_reconcile():
    found = world(fleet=fleet(clusters=500), gitops=flux(), changes=[edited()])
    lasted = found.drifts[0].end - found.drifts[0].begin - APPLY
    assert (lasted >= 0).all() and lasted.max() <= 10.5 * MINUTE
    assert lasted.mean() == pytest.approx(5 * MINUTE, rel=0.1)


def test_edge_39_helm_release_drift_stays():
    found = world(fleet=fleet(), gitops=flux(helmReleases=[RELEASE]), changes=[edited(via="chart")])
    assert found.drifts[0].end[0] == np.inf


def test_edge_39_helm_release_drift_is_put_right_with_drift_detection():
    release = {**RELEASE, "driftDetection": "enabled"}
    found = world(fleet=fleet(), gitops=flux(helmReleases=[release]), changes=[edited(via="chart")])
    assert found.drifts[0].end[0] <= HOUR + 10.5 * MINUTE + APPLY


@pytest.mark.parametrize(
    ("settings", "lasts"),
    [
        ({}, np.inf),  # retries 0: a failed release stays failed
        ({"retries": 1}, 10 * MINUTE),
        ({"retries": 3}, 20 * MINUTE),
        ({"remediateLastFailure": True}, 5 * MINUTE),
        ({"retries": 2, "remediateLastFailure": False}, np.inf),
    ],
)
def test_edge_39_a_failed_release_is_rolled_back_only_if_told_so(settings, lasts):
    found = world(
        fleet=fleet(),
        gitops=flux(helmReleases=[{**RELEASE, **settings}]),
        changes=[config(at="1h", via="chart", defect=breaks("dns"))],
    )
    at = applied(found)[0]
    assert down(found, "dns") == [(0, at, min(at + lasts, DAY))]
    assert len(said(found, "rolled back by Helm")) == (lasts < np.inf)


def test_helm_does_not_roll_back_what_breaks_long_after_it_was_ready():
    found = world(
        fleet=fleet(),
        gitops=flux(helmReleases=[{**RELEASE, "retries": 1}]),
        changes=[config(at="1h", via="chart", defect=breaks("dns", trigger={"after": "2h"}))],
    )
    assert down(found, "dns") == [(0, applied(found)[0] + 2 * HOUR, DAY)]
    assert said(found, "rolled back by Helm") == []


def test_a_kustomization_never_goes_back_by_itself():
    found = world(fleet=fleet(), gitops=flux(), changes=[config(at="1h", defect=breaks("dns"))])
    assert down(found, "dns") == [(0, applied(found)[0], DAY)]


def test_drift_is_put_right_only_when_the_api_answers():
    item = {"name": "apps", "interval": "10m", "retryInterval": "1m"}
    found = world(
        fleet=fleet(),
        gitops=flux(kustomizations=[item]),
        changes=[edited()],
        faults=[outage("api", "50m", "1h")],
    )
    assert 110 * MINUTE <= found.drifts[0].end[0] <= 111 * MINUTE + APPLY


def test_what_a_hand_edit_broke_is_well_when_it_is_put_right():
    found = world(fleet=fleet(), gitops=flux(), changes=[edited(defect=breaks("dns"))])
    assert down(found, "dns") == [(0, HOUR, found.drifts[0].end[0])]


# --- prune ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prune", [True, False])
def test_what_is_deleted_in_git_is_deleted_in_the_cluster_only_with_prune(prune):
    found = world(
        fleet=fleet(),
        gitops=flux(kustomizations=[{"name": "apps", "prune": prune}]),
        changes=[config(at="1h", removes=True, defect=breaks("dns"))],
    )
    if prune:
        assert found.drifts == [] and down(found, "dns") == [(0, applied(found)[0], DAY)]
    else:
        assert found.drifts[0].begin[0] == applied(found)[0] and found.drifts[0].end[0] == np.inf
        assert down(found, "dns") == [] and len(said(found, "orphaned")) == 1


# --- dependsOn and wait -----------------------------------------------------------------------------------

CHAIN = [
    {"name": "infra", "wait": True, "interval": "10m", "timeout": "3m", "retryInterval": "2m"},
    {"name": "apps", "dependsOn": ["infra"]},
]
WEB = {"name": "web", "requires": [{"component": "dns"}]}


def test_a_dependency_that_is_not_ready_is_looked_at_every_30_seconds():
    found = world(
        fleet=fleet(clusters=50),
        gitops=flux(kustomizations=CHAIN),
        changes=[config("infra", at="1h", via="infra"), config("apps", at="1h", via="apps")],
    )
    artifact = applied(found, 0) - APPLY
    np.testing.assert_allclose(applied(found, 1), artifact + 30.0 + APPLY)


def test_a_dependency_with_wait_is_ready_when_what_it_applied_is_healthy():
    """Health checks look until their timeout; the next reconcile comes retryInterval later."""

    def delay(lasts: str) -> float:
        found = world(
            fleet=fleet(),
            gitops=flux(kustomizations=CHAIN),
            services=[WEB],
            changes=[
                config("infra", at="1h", via="infra", defect=breaks("dns", lasts=lasts)),
                config("apps", at="1h", via="apps"),
            ],
        )
        return float((applied(found, 1) - applied(found, 0))[0])

    # The dependent looks every 30 s from the artifact on, which came 5 s before the first was applied.
    assert delay("2m") == pytest.approx(2 * MINUTE + 30.0)  # healthy within the timeout
    assert delay("4m") == pytest.approx(5 * MINUTE + 30.0)  # the check gave up after 3 min; the next begins 2 min later
    assert delay("6m") == pytest.approx(6 * MINUTE + 30.0)  # well again while the second check looks


def test_without_wait_applied_is_ready():
    chain = [{**CHAIN[0], "wait": False}, CHAIN[1]]
    found = world(
        fleet=fleet(),
        gitops=flux(kustomizations=chain),
        services=[WEB],
        changes=[
            config("infra", at="1h", via="infra", defect=breaks("dns")),
            config("apps", at="1h", via="apps"),
        ],
    )
    assert (applied(found, 1) - applied(found, 0))[0] == 25.0 + 5.0


def test_what_waits_for_ever_is_not_applied():
    found = world(
        fleet=fleet(),
        gitops=flux(kustomizations=CHAIN),
        services=[WEB],
        changes=[
            config("infra", at="1h", via="infra", defect=breaks("dns")),
            config("apps", at="1h", via="apps"),
        ],
    )
    assert applied(found, 1)[0] == np.inf


def test_a_chain_held_up_by_dead_nodes_goes_on_when_they_are_back():
    """The engine looks again when the health of what it waits for has changed, whatever changed it."""
    web = {"name": "web", "replicas": 1, "pinned": True}
    found = world(
        fleet=fleet(),
        gitops=flux(kustomizations=CHAIN),
        services=[web],
        faults=[{"name": "cut", "trigger": {"at": "59m"}, "lasts": "1h", **breaks("boot.firmware")}],
        changes=[config("infra", at="1h", via="infra"), config("apps", at="1h", via="apps")],
    )
    assert HOUR + 59 * MINUTE < applied(found, 1)[0] < 2.5 * HOUR


# --- a revert that the outage itself blocks ---------------------------------------------------------------


def test_a_change_that_takes_the_api_down_locks_its_own_revert_out():
    found = world(
        fleet=fleet(),
        gitops=flux(),
        onCall={"acknowledge": "1m", "diagnosis": "1m", "decision": "1m"},
        alerts=[{"name": "api", "expr": {"component": "api"}}],
        remedies=[{"name": "revert", "requires": ["git"]}],
        changes=[config(at="1h", defect=breaks("api", clearedBy=["revert"]))],
    )
    assert len(said(found, "revert merged")) == 1 and said(found, "revert applied") == []
    assert down(found, "api") == [(0, applied(found)[0], DAY)]


def test_breaking_the_glass_lets_the_revert_in_and_leaves_drift():
    found = world(
        fleet=fleet(),
        gitops=flux(),
        onCall={"acknowledge": "1m", "diagnosis": "1m", "decision": "1m"},
        alerts=[{"name": "api", "expr": {"component": "api"}}],
        remedies=[{"name": "revert", "requires": ["git"]}, {"name": "break-glass", "duration": "40m"}],
        changes=[config(at="1h", defect=breaks("api", clearedBy=["revert"]))],
    )
    (broken,) = said(found, "glass broken")
    assert down(found, "api") == [(0, applied(found)[0], broken.at)]
    assert [d.begin[0] for d in found.drifts] == [broken.at]
    assert spans(found.components.down("api"))[0][2] == broken.at


@pytest.mark.parametrize("component", ["api", "git", "admission", "etcd"])
@pytest.mark.parametrize("webhook", [True, False])
def test_a_change_that_takes_no_time_is_not_held_up_by_what_it_breaks(component, webhook):
    prompt = flux(fetch="0s", apply="0s", webhook=webhook)
    found = world(fleet=fleet(), gitops=prompt, changes=[config(at="1h", defect=breaks(component))])
    assert down(found, component) == [(0, applied(found)[0], DAY)]
