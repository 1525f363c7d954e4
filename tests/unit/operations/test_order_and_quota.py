"""Remedies with an order, a quota, a wall around what is hit; and fixes that the GitOps engine undoes."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import Scenario
from tests.unit.worlds import BOOT, DAY, HOUR, MINUTE, QUICK, alert, breaks, config, down, fleet, out, said, world

BAD = [alert({"nodes": "bad"})]
DNS = [alert({"component": "dns"})]
TIERS = [{"fleet": "parents"}, {"role": "control-plane"}]


def two_tiers() -> list[dict]:
    """A cluster of parents (nodes 0 and 1) and one of children: a control plane (2) and two workers (3, 4)."""
    parents = {**fleet(nodes=2)[0], "name": "parents"}
    return [parents, {**fleet(nodes=2, control_plane=1)[0], "name": "children"}]


def dead(*cleared: str, **more) -> dict:
    """All machines are dead from one o'clock on."""
    return {"name": "dead", "trigger": {"at": "1h"}, **breaks("disk", clearedBy=list(cleared)), **more}


def ends(found) -> dict[int, float]:
    """When each node was back for the last time."""
    return {node: end for node, _, end in out(found)}


# --- order ------------------------------------------------------------------------------------------------


def test_a_tier_is_begun_when_the_one_before_is_back():
    found = world(
        fleet=two_tiers(),
        onCall=QUICK,
        alerts=BAD,
        faults=[dead("hands")],
        remedies=[{"name": "hands", "duration": "10m", "parallel": 10, "order": TIERS}],
    )
    (attempt,) = found.incidents[0].attempts
    begun = [e.at for e in said(found, "tier begun")]
    step = 10 * MINUTE + BOOT
    np.testing.assert_allclose(begun, attempt.started_at + step * np.arange(3))
    np.testing.assert_allclose([ends(found)[n] for n in range(5)], np.array(begun)[[0, 0, 1, 2, 2]] + step)
    assert attempt.done_at == begun[2] + step and attempt.complete
    assert said(found, "tier begun")[0].note == "tier 1 of 3: fleet=parents"


def test_a_tier_that_nobody_needs_is_passed_over():
    found = world(
        fleet=two_tiers(),
        onCall=QUICK,
        alerts=BAD,
        faults=[dead("hands", when={"role": "worker", "fleet": "children"})],
        remedies=[{"name": "hands", "order": TIERS}],
    )
    assert [e.note for e in said(found, "tier begun")] == ["tier 3 of 3: the rest"]


def test_a_node_that_is_lost_again_holds_up_the_next_tier():
    """The network of the parents is away for two hours while they are repaired."""
    cut = {"name": "cut", "trigger": {"at": "70m"}, "lasts": "2h", **breaks("network")}
    found = world(
        fleet=two_tiers(),
        onCall=QUICK,
        alerts=BAD,
        faults=[dead("hands"), {**cut, "when": {"fleet": "parents"}}],
        remedies=[{"name": "hands", "duration": "10m", "parallel": 10, "order": TIERS}],
    )
    back = max(end for node, _, end in out(found) if node < 2)
    assert back > 3 * HOUR and said(found, "tier begun")[1].at >= back


def test_a_tier_that_does_not_come_back_stops_the_remedy_and_the_record_says_so():
    """What cut the machines off is not what the remedy ends."""
    off = {"name": "off", "trigger": {"at": "30m"}, "when": {"fleet": "parents"}, "clearedBy": ["nothing"]}
    found = world(
        fleet=two_tiers(),
        onCall=QUICK,
        alerts=BAD,
        faults=[dead("hands"), off | breaks("kubelet")],
        remedies=[{"name": "hands", "duration": "10m", "parallel": 10, "order": TIERS}],
    )
    attempts = found.incidents[0].attempts
    assert attempts[0].waited_for == "tier 1 of 3: fleet=parents" and not attempts[0].complete
    assert said(found, "remedy stops")[0].note.endswith("does not come back")


def test_a_later_tier_waits_for_its_own_prerequisites():
    """The children wait for their DNS, which the parents do not need."""
    slow = {"name": "slow", "trigger": {"at": "1h"}, "when": {"fleet": "children"}, "lasts": "90m", **breaks("dns")}
    found = world(
        fleet=two_tiers(),
        onCall=QUICK,
        alerts=BAD,
        faults=[dead("hands"), slow],
        remedies=[{"name": "hands", "duration": "10m", "parallel": 9, "requires": ["dns"], "order": TIERS}],
    )
    (attempt,) = found.incidents[0].attempts
    assert attempt.waited_for == "dns" and attempt.complete and attempt.started_at < 1.2 * HOUR
    assert [e.at for e in said(found, "tier begun")][1] == 2.5 * HOUR
    assert all(np.isfinite(end) for *_, end in out(found))


def test_clusters_have_their_tiers_too():
    found = world(
        fleet=two_tiers(),
        onCall=QUICK,
        alerts=DNS,
        faults=[{"name": "dns", "trigger": {"at": "1h"}, **breaks("dns", clearedBy=["restore"])}],
        remedies=[{"name": "restore", "duration": "1h", "parallel": 5, "order": [{"fleet": "parents"}]}],
    )
    (_, _, parents), (_, _, children) = down(found, "dns")
    assert children == parents + HOUR


# --- quota ------------------------------------------------------------------------------------------------


def replaced(quota: dict | None, nodes: int = 6, **more):
    """All nodes are to be replaced, two at once, ten minutes each."""
    return world(
        fleet=fleet(nodes=nodes),
        onCall=QUICK,
        alerts=BAD,
        faults=[dead("replace", "hands")],
        remedies=[{"name": "replace", "duration": "10m", "parallel": 2, "quota": quota}, *more.get("remedies", [])],
    )


def test_beyond_the_quota_the_rest_waits_until_it_is_raised():
    found = replaced({"nodes": 3, "raisedAfter": "2h"})
    (attempt,) = found.incidents[0].attempts
    begin = attempt.started_at
    raised = begin + 10 * MINUTE + 2 * HOUR  # the fourth order is refused, when a place is free for it
    back = sorted(end for *_, end in out(found))
    assert np.diff(back)[2] > 1.5 * HOUR and back[3] > raised > back[2]
    assert attempt.waited_for == "quota" and attempt.complete
    (waits,) = said(found, "remedy waits")
    assert (waits.at, waits.until, waits.count, waits.note) == (begin + 10 * MINUTE, raised, 3, "for quota")


def test_a_quota_that_is_enough_changes_nothing():
    assert out(replaced({"nodes": 6})) == out(replaced(None)) and said(replaced({"nodes": 6}), "remedy waits") == []


def test_a_quota_that_is_never_raised_leaves_the_rest_to_the_next_remedy():
    found = replaced({"nodes": 4}, remedies=[{"name": "hands", "duration": "10m"}])
    assert [(a.remedy, a.waited_for, a.complete) for a in found.incidents[0].attempts] == [
        ("replace", "quota", False),
        ("replace", "quota", True),
        ("hands", "", True),
    ]
    assert all(np.isfinite(end) for *_, end in out(found))


# --- isolation --------------------------------------------------------------------------------------------


def test_isolation_ends_what_hurts_the_cluster_and_leaves_drift():
    found = world(
        fleet=fleet(clusters=2),
        onCall=QUICK,
        alerts=DNS,
        remedies=[{"name": "isolate"}],
        faults=[
            {
                "name": "flood",
                "trigger": {"at": "1h"},
                "when": {"cluster": "prod-1"},
                **breaks("dns", clearedBy=["isolate"]),
            }
        ],
    )
    ((cluster, _, end),) = down(found, "dns")
    (told,) = said(found, "isolated")
    assert cluster == 1 and end == told.at == found.incidents[0].attempts[0].started_at + 5 * MINUTE
    (drift,) = found.drifts
    assert drift.clusters.tolist() == [1] and drift.begin.tolist() == [end] and drift.end.tolist() == [np.inf]


def test_isolated_nodes_are_the_ones_that_were_hit_and_need_no_network():
    found = world(
        fleet=fleet(nodes=4),
        onCall=QUICK,
        alerts=BAD,
        remedies=[{"name": "isolate", "duration": "10m"}],
        faults=[
            {"name": "worm", "trigger": {"at": "1h"}, "probability": 0.5, **breaks("network", clearedBy=["isolate"])}
        ],
    )
    hit = {node for node, *_ in out(found)}
    (drift,) = found.drifts
    assert 0 < len(hit) < 4 and set(drift.nodes.tolist()) == hit and found.incidents[0].recovered_at < 2 * HOUR


# --- what waits for itself --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("component", "requires", "circular"),
    [("api", "api", True), ("etcd", "api", True), ("dns", "web", True), ("dns", "api", False)],
)
def test_a_prerequisite_that_is_down_because_of_what_the_remedy_would_clear(component, requires, circular):
    """Cut off by the very thing: directly, by what it needs, by a service that needs it; or by something else."""
    found = world(
        fleet=fleet(control_plane=1),
        services=[{"name": "web", "replicas": 1, "requires": [{"component": "dns"}]}],
        onCall=QUICK,
        alerts=[alert({"component": component})],
        remedies=[{"name": "restore", "requires": [requires]}],
        faults=[
            {"name": "sick", "trigger": {"at": "1h"}, **breaks(component, clearedBy=["restore"])},
            {"name": "other", "trigger": {"at": "1h"}, "lasts": "20h", **breaks("api" if not circular else "git")},
        ],
    )
    (attempt,) = found.incidents[0].attempts
    (entry,) = said(found, "remedy waits")
    assert attempt.circular == circular and attempt.waited_for == requires
    assert entry.note == f"for {requires}" + ", which is down because of what it would clear" * circular


def test_a_quorum_that_is_lost_with_the_nodes_is_circular_too():
    found = world(
        fleet=fleet(control_plane=3),
        onCall=QUICK,
        alerts=BAD,
        remedies=[{"name": "reboot", "requires": ["api"]}],
        faults=[{"name": "hung", "trigger": {"at": "1h"}, **breaks("network", clearedBy=["reboot"])}],
    )
    assert found.incidents[0].attempts[0].circular


# --- fixes that are undone --------------------------------------------------------------------------------


def mended(engine: dict, *remedies: dict):
    """DNS breaks with a commit, and somebody breaks the glass without suspending reconciliation."""
    return world(
        fleet=fleet(),
        gitops=engine,
        onCall=QUICK,
        alerts=DNS,
        changes=[config(at="1h", defect=breaks("dns", clearedBy=["revert"]))],
        remedies=[{"name": "break-glass", "suspends": False, "duration": "10m"}, *remedies],
    )


ARGO = {"engine": "argo-cd", "applications": [{"name": "apps", "selfHeal": True}]}


@pytest.mark.parametrize(("engine", "soon"), [(ARGO, MINUTE), ({"engine": "flux"}, 11 * MINUTE)])
def test_the_engine_undoes_what_git_does_not_know(engine, soon):
    found = mended(engine)
    (glass,), (undone,) = said(found, "glass broken"), said(found, "fix undone")
    assert glass.at < undone.at < glass.at + soon
    first, again = down(found, "dns")
    assert first[2] == glass.at and again[1] == undone.at and again[2] == DAY
    assert {a.undone_at for i in found.incidents for a in i.attempts} == {undone.at}
    assert [(d.begin[0], d.end[0]) for d in found.drifts] == [(glass.at, undone.at)]


def test_without_self_heal_it_stays():
    engine = {"engine": "argo-cd", "applications": [{"name": "apps", "selfHeal": False}]}
    found = mended(engine)
    assert said(found, "fix undone") == [] and len(down(found, "dns")) == 1


@pytest.mark.parametrize("engine", [ARGO, {"engine": "flux"}])
def test_people_learn_and_suspend_or_revert(engine):
    for name, more in (("suspend", {"kind": "break-glass"}), ("revert", {})):
        found = mended(engine, {"name": name, "duration": "10m", **more})
        tried = [a.remedy for i in found.incidents for a in i.attempts]
        assert tried == ["break-glass", name]
        assert len(down(found, "dns")) == 2 and np.isfinite(found.incidents[-1].recovered_at)


def test_a_fix_in_agreement_with_git_is_not_undone():
    """The revert is merged before the glass is broken, and on its way."""
    slow = {"engine": "flux", "interval": "1h"}
    spec = {
        "fleet": fleet(clusters=30),
        "gitops": slow,
        "onCall": QUICK,
        "alerts": DNS,
        "changes": [config(at="1h", defect=breaks("dns", clearedBy=["revert"]))],
    }
    found = world(**spec, remedies=[{"name": "revert"}, {"name": "break-glass", "suspends": False}])
    assert all(np.isfinite(end) and end < DAY for *_, end in down(found, "dns"))


def test_what_git_never_said_is_not_brought_back():
    found = world(
        fleet=fleet(),
        gitops=ARGO,
        onCall=QUICK,
        alerts=DNS,
        remedies=[{"name": "break-glass", "suspends": False}],
        faults=[{"name": "fault", "trigger": {"at": "1h"}, **breaks("dns", clearedBy=["revert"])}],
    )
    assert said(found, "fix undone") == [] and len(down(found, "dns")) == 1


# --- the library ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_recovery_that_is_capped_waits_for_the_quota_and_a_reboot_does_not(seed):
    base = Scenario.load("capped-recovery")
    runs = {name: base.variant(name) if name else base for name in (None, "quota-raised", "rolling-reboot")}
    found = {name: scenario.run(seed=seed).world for name, scenario in runs.items()}
    assert all(len(f.incidents) >= 1 for f in found.values())
    capped, raised, rebooted = (max(i.recovered_at for i in f.incidents) for f in found.values())
    assert np.isfinite(capped) and capped > raised + 4 * HOUR and raised > rebooted
    assert {a.waited_for for i in found[None].incidents for a in i.attempts} >= {"quota"}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_undone_fix_costs_the_outage_until_git_is_mended_or_suspended(seed):
    base = Scenario.load("undone-fix")
    lost = {}
    for name in (None, "suspended", "second-try", "flux", "no-self-heal"):
        found = (base.variant(name) if name else base).run(seed=seed).world
        lost[name] = found.components.down("dns").seconds(10, found.horizon).sum()
    assert lost["suspended"] == lost["no-self-heal"] < lost["second-try"]
    assert lost["suspended"] < lost["flux"] and lost["suspended"] < lost[None]
