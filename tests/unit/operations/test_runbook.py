"""The runbook: who waits for what, what is tried next, what each remedy does."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.worlds import (
    BOOT,
    DAY,
    HOUR,
    MINUTE,
    QUICK,
    UPGRADE,
    alert,
    applied,
    breaks,
    config,
    down,
    fleet,
    image,
    out,
    said,
    spans,
    state,
    talos,
    version,
    world,
)

BAD = [alert({"nodes": "bad"})]


def fault(component: str, at: str = "1h", **more) -> dict:
    """A component is down until somebody helps."""
    return {"name": "fault", "trigger": {"at": at}, **breaks(component), **more}


def remedy(name: str, **more) -> dict:
    """A remedy that takes 10 minutes."""
    return {"name": name, "duration": "10m", **more}


def tried(found, incident: int = 0) -> list[tuple[str, bool]]:
    """Remedies of an incident and whether they were started."""
    return [(a.remedy, bool(np.isfinite(a.started_at))) for a in found.incidents[incident].attempts]


def kubelet(*cleared: str, **more) -> dict:
    """Kubelets break, and only some remedies help."""
    return fault("kubelet", clearedBy=list(cleared), **more)


# --- who waits, what is next ------------------------------------------------------------------------------


def test_the_first_that_can_help_is_taken():
    found = world(
        fleet=fleet(),
        onCall=QUICK,
        alerts=BAD,
        faults=[kubelet("reboot", "replace")],
        remedies=[remedy("rollback"), remedy("reboot"), remedy("replace")],
    )
    assert tried(found) == [("reboot", True)]


def test_a_remedy_whose_prerequisite_is_down_waits_and_the_record_says_so():
    found = world(
        fleet=fleet(),
        onCall=QUICK,
        alerts=BAD,
        remedies=[remedy("reboot", requires=["git"])],
        faults=[kubelet("reboot"), {**fault("git"), "name": "git", "lasts": "5h"}],
    )
    (attempt,) = found.incidents[0].attempts
    assert attempt.waited_for == "git" and attempt.decided_at < 2 * HOUR
    assert attempt.started_at == 6 * HOUR and attempt.done_at == 6 * HOUR + 10 * MINUTE + BOOT
    assert [(e.subject, e.note) for e in said(found, "remedy waits")] == [("reboot", "for git")]


def test_the_next_remedy_is_taken_when_the_first_has_to_wait():
    found = world(
        fleet=fleet(),
        onCall=QUICK,
        alerts=BAD,
        remedies=[remedy("reboot", requires=["git"]), remedy("replace")],
        faults=[kubelet("reboot", "replace"), {**fault("git"), "name": "git", "lasts": "5h"}],
    )
    assert tried(found) == [("reboot", False), ("replace", True)]
    assert found.incidents[0].attempts[0].waited_for == "git"
    assert found.incidents[0].recovered_at < 2 * HOUR


def test_a_remedy_that_had_to_wait_is_tried_when_the_next_has_not_helped():
    """Waiting is not trying."""
    found = world(
        fleet=fleet(),
        onCall=QUICK,
        alerts=BAD,
        changes=[config(defect=breaks("kubelet", clearedBy=["revert"]))],
        remedies=[remedy("revert", requires=["git"]), remedy("pause")],
        faults=[{**fault("git", at="2m"), "name": "git", "lasts": "5h"}],
    )
    assert [a.remedy for a in sorted(found.incidents[0].attempts, key=lambda a: a.started_at)] == [
        "pause",
        "revert",
    ]
    assert 5 * HOUR < found.incidents[0].recovered_at < 6 * HOUR


def test_what_helped_last_time_is_taken_again():
    found = world(
        fleet=fleet(),
        onCall=QUICK,
        alerts=BAD,
        remedies=[remedy("reboot")],
        faults=[kubelet("reboot", trigger={"at": "1h", "every": "6h"})],
    )
    assert len(found.incidents) == 4
    assert [tried(found, k) for k in range(4)] == [[("reboot", True)]] * 4
    assert all(np.isfinite(i.recovered_at) for i in found.incidents)


def test_what_heals_before_somebody_looks_needs_no_remedy():
    found = world(
        fleet=fleet(),
        onCall={**QUICK, "acknowledge": "2h"},
        alerts=BAD,
        remedies=[remedy("reboot")],
        faults=[kubelet("expiry", lasts="30m")],
    )
    (incident,) = found.incidents
    assert incident.attempts == [] and incident.recovered_at == HOUR + 30 * MINUTE


def test_an_alert_that_adds_itself_changes_no_draw_of_the_others():
    people = {"acknowledge": {"lognormal": {"median": "5m", "sigma": 1}}}
    one = world(
        fleet=fleet(),
        onCall=people,
        alerts=BAD,
        remedies=[remedy("reboot")],
        faults=[kubelet("reboot", at="2h")],
    )
    two = world(
        fleet=fleet(),
        onCall=people,
        remedies=[remedy("reboot")],
        alerts=[alert({"component": "dns"}, **{"name": "dns"}), *BAD],
        faults=[kubelet("reboot", at="2h"), {**fault("dns", at="5m", lasts="20m"), "name": "other"}],
    )
    assert next(i for i in two.incidents if i.alert == "alarm").acknowledged_at == one.incidents[0].acknowledged_at


# --- what remedies do -------------------------------------------------------------------------------------


def test_a_revert_travels_as_the_change_did():
    found = world(
        fleet=fleet(clusters=5),
        onCall=QUICK,
        alerts=BAD,
        remedies=[remedy("revert")],
        changes=[
            config(
                at="1h",
                defect=breaks("dns", clearedBy=["revert"])
                | {"impairs": [{"component": "dns"}, {"component": "kubelet"}]},
            )
        ],
    )
    (merged,) = said(found, "revert merged")
    ends = np.array([end for *_, end in down(found, "dns")])
    assert (ends > merged.at).all() and (ends < merged.at + 2 * MINUTE).all() and len(set(ends)) == 5


def test_what_arrives_before_the_revert_still_bites():
    """A revert is not known before it is merged."""
    slow = {"engine": "flux", "interval": "30m"}
    found = world(
        fleet=fleet(clusters=60),
        gitops=slow,
        onCall=QUICK,
        alerts=BAD,
        remedies=[remedy("revert", duration="5m")],
        changes=[config(at="1h", defect=breaks("kubelet", clearedBy=["revert"]))],
    )
    merged = said(found, "revert merged")[0].at
    first = applied(found)[:60]
    hit = {node for node, *_ in out(found)}
    between = {int(c) for c in np.flatnonzero(first < merged)}
    assert between <= hit and len(between) > 10
    paged = found.incidents[0].paged_at
    assert any(paged < first[c] < merged for c in hit)


def test_a_rollback_boots_the_version_before():
    found = world(
        fleet=fleet(nodes=2),
        onCall=QUICK,
        alerts=BAD,
        remedies=[remedy("rollback", duration="2m")],
        changes=[image(maxUnavailable=2, defect=breaks("kubelet"))],
    )
    assert {version(found, n, DAY - 1) for n in range(2)} == {"1.0.0"}
    assert out(found)[0][2] < HOUR


def test_hands_boot_what_last_worked_where_the_image_is_dead():
    """Not the version before the one that worked."""
    found = world(
        fleet=fleet(),
        onCall=QUICK,
        alerts=BAD,
        remedies=[remedy("hands")],
        changes=[image("v2"), image("v3", at="3h", defect=breaks("boot.kernel", clearedBy=["hands"]))],
    )
    assert version(found, 0, 2 * HOUR) == "v2" and state(found, 0, DAY - 1) == "READY"
    assert version(found, 0, DAY - 1) == "v2"


def test_hands_repair_hardware_and_leave_the_version():
    found = world(
        fleet=fleet(),
        onCall=QUICK,
        alerts=BAD,
        remedies=[remedy("hands")],
        changes=[image("v2")],
        faults=[fault("disk", at="3h", clearedBy=["hands"])],
    )
    assert version(found, 0, DAY - 1) == "v2" and state(found, 0, DAY - 1) == "READY"


def test_a_machine_that_is_replaced_comes_with_its_version():
    found = world(
        fleet=fleet(),
        onCall=QUICK,
        alerts=BAD,
        remedies=[remedy("replace")],
        changes=[image("v2")],
        faults=[fault("disk", at="3h", clearedBy=["replace"])],
    )
    assert version(found, 0, DAY - 1) == "v2" and state(found, 0, DAY - 1) == "READY"


def test_a_reboot_by_hand_boots_a_dead_image_into_its_death():
    """Rebooting what does not boot does not help; the record shows that it was tried."""
    found = world(
        fleet=fleet(),
        onCall=QUICK,
        alerts=BAD,
        remedies=[remedy("reboot"), remedy("hands")],
        changes=[image(defect=breaks("boot.kernel", clearedBy=["reboot", "hands"]))],
    )
    assert tried(found) == [("reboot", True), ("hands", True)]
    assert state(found, 0, DAY - 1) == "READY" and version(found, 0, DAY - 1) == "1.0.0"


def test_an_image_that_a_power_cut_has_booted_is_known_as_the_cause():
    stubborn = {"name": "db", "replicas": 1, "pdb": {"maxUnavailable": 0}}
    cut = {"name": "power-cut", "trigger": {"at": "6h"}, "lasts": "1h", **breaks("boot.firmware")}
    found = world(
        fleet=fleet(),
        onCall=QUICK,
        alerts=BAD,
        remedies=[remedy("hands")],
        services=[stubborn],
        faults=[cut],
        changes=[image(defect=breaks("boot.kernel", clearedBy=["hands"]))],
    )
    assert [(a.remedy, a.cause) for i in found.incidents for a in i.attempts] == [("hands", "v2")]
    assert state(found, 0, DAY - 1) == "READY" and version(found, 0, DAY - 1) == "1.0.0"


@pytest.mark.parametrize(
    ("limits", "times"),
    [
        ({"parallel": 1}, [1, 2, 3, 4]),
        ({"parallel": 2}, [1, 1, 2, 2]),
        ({"parallel": 4, "rate": "3/h"}, [1, 3, 5, 7]),
    ],
)
def test_hands_are_few(limits, times):
    """One machine after the other, as many at once as there are hands, and no faster than the rate."""
    found = world(
        fleet=fleet(nodes=4),
        onCall=QUICK,
        alerts=BAD,
        remedies=[remedy("hands", **limits)],
        faults=[fault("disk", clearedBy=["hands"])],
    )
    begins = found.incidents[0].attempts[0].started_at
    ends = sorted(end for *_, end in out(found))
    np.testing.assert_allclose(ends, begins + 10 * MINUTE * np.array(times) + BOOT)


def test_a_fault_that_a_revert_undoes_is_undone_where_it_is():
    found = world(
        fleet=fleet(),
        onCall=QUICK,
        alerts=[alert({"component": "dns"})],
        remedies=[remedy("revert")],
        changes=[config("unrelated", at="30m")],
        faults=[fault("dns", clearedBy=["revert"])],
    )
    ((_, begin, end),) = down(found, "dns")
    assert end == found.incidents[0].attempts[0].started_at + 10 * MINUTE


def test_a_hand_edit_is_reverted_by_hand_and_its_drift_ends():
    found = world(
        fleet=fleet(),
        gitops={"engine": "push"},
        onCall=QUICK,
        alerts=[alert({"component": "dns"})],
        remedies=[remedy("revert")],
        changes=[{"name": "edit", "kind": "manual", "at": "1h", "defect": breaks("dns", clearedBy=["revert"])}],
    )
    ((_, _, end),) = down(found, "dns")
    assert end < 2 * HOUR and found.drifts[0].end[0] == end


def test_pausing_stops_what_has_not_begun():
    found = world(
        fleet=fleet(talos(upgrade={"onFailure": "continue"}), nodes=20),
        onCall=QUICK,
        alerts=BAD,
        remedies=[remedy("pause")],
        changes=[image(defect=breaks("kubelet", trigger={"after": "1s"}))],
    )
    paused = found.incidents[0].attempts[0].started_at
    upgraded = sum(version(found, n, DAY - 1) == "v2" for n in range(20))
    assert upgraded == int(paused // UPGRADE) + 1 and found.rollouts[0].status == "aborted"
    assert spans(found.nodes_bad())[0][2] == np.inf
