"""What people who tried Paddock ran into: each a world of its own."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.worlds import (
    DAY,
    HOUR,
    MINUTE,
    QUICK,
    alert,
    breaks,
    config,
    down,
    fleet,
    image,
    said,
    scenario,
    state,
    talos,
    version,
    world,
)

BAD = [alert({"nodes": "bad"}, **{"for": "1m"})]


def test_an_alert_is_blamed_on_what_it_sees_not_on_what_is_biggest():
    found = world(
        fleet=fleet(nodes=5, clusters=2),
        onCall=QUICK,
        alerts=BAD,
        changes=[config("bad", select={"cluster": "prod-0"}, defect=breaks("kubelet"))],
        faults=[{"name": "tele", "trigger": {"at": "5m"}, "lasts": "12h", **breaks("telemetry")}],
    )
    assert [i.cause for i in found.incidents] == ["bad"]


def test_an_incident_is_over_when_it_is_over_even_if_somebody_still_thinks():
    faults = [{"name": f"k{n}", "trigger": {"at": f"{n}h"}, "lasts": "10m", **breaks("kubelet")} for n in (1, 3)]
    slow = {**QUICK, "diagnosis": "6h"}
    found = world(fleet=fleet(nodes=6), onCall=slow, alerts=BAD, faults=faults)
    assert [i.recovered_at for i in found.incidents] == [HOUR + 10 * MINUTE, 3 * HOUR + 10 * MINUTE]
    assert np.isnan([i.diagnosed_at for i in found.incidents]).all()


def test_a_remedy_acts_where_it_can_and_waits_where_it_cannot():
    old = talos(pki={"clientCertificateAge": "364d"})
    two = fleet(nodes=5)[0] | {"name": "x"}, fleet(old, nodes=5)[0] | {"name": "y"}
    found = world(
        horizon="30h",
        fleet=list(two),
        onCall=QUICK,
        alerts=BAD,
        faults=[{"name": "k", "trigger": {"at": "25h"}, **breaks("kubelet"), "clearedBy": ["reboot"]}],
        remedies=[{"name": "reboot", "requires": ["access"]}],
    )
    bad = set(found.nodes_bad().clip(30 * HOUR - 1, 30 * HOUR).entity)
    assert bad == set(range(5, 10))
    assert found.incidents[0].attempts[0].waited_for == "access"


def test_what_the_journal_says_was_merged_was_merged():
    rollout = {"gate": {"badNodes": "1%", "action": "revert"}, "stages": [{"over": "1h"}]}
    run = scenario(
        fleet=fleet(nodes=4, clusters=6), changes=[config(at="1h", rollout=rollout, defect=breaks("kubelet"))]
    ).run(1)
    events = run.events.set_index("what")
    assert events.loc["merged", "count"] == events.loc["applied", "count"] == run.changes["reached_clusters"][0] < 6


def test_a_machine_that_is_being_replaced_is_not_well_yet():
    found = world(
        fleet=fleet(nodes=2),
        onCall=QUICK,
        alerts=BAD,
        faults=[{"name": "disk", "trigger": {"at": "1h"}, **breaks("disk"), "clearedBy": ["replace"]}],
        remedies=[{"name": "replace", "duration": "1h"}],
    )
    started = found.incidents[0].attempts[0].started_at
    assert state(found, 0, started + 60) == "PROVISIONING"
    assert found.incidents[0].recovered_at == started + 2 * HOUR  # one after the other


def test_whoever_drives_the_lifecycle_path_waits_in_vain_for_a_node_that_never_gets_ready():
    bad = {"changes": [image(defect=breaks("kubelet"))]}
    stops = world(fleet=fleet(talos(upgrade={"onFailure": "continue"}), nodes=6), **bad)
    goes_on = world(fleet=fleet(talos(upgrade={"path": "legacy", "onFailure": "continue"}), nodes=6), **bad)
    assert sum(version(stops, n, DAY - 1) == "v2" for n in range(6)) == 1
    assert sum(version(goes_on, n, DAY - 1) == "v2" for n in range(6)) == 6


def test_static_pods_do_not_need_the_kubelet_to_go_on():
    planes = fleet(nodes=0, control_plane=3)
    assert down(world(fleet=planes, changes=[config(defect=breaks("kubelet"))]), "api") == []
    assert len(down(world(fleet=planes, changes=[config(defect=breaks("network"))]), "api")) == 1


@pytest.mark.parametrize(("grace", "missing"), [("40s", 20.0), ("50s", 10.0), ("2m", 0.0)])
def test_a_kubelet_that_is_gone_for_less_than_the_grace_period_hurts_nobody(grace, missing):
    blip = {"name": "blip", "trigger": {"at": "1h"}, "lasts": "1m", **breaks("kubelet")}
    services = [{"name": "web", "replicas": 2, "pinned": True, "needs": 2}]
    found = world(fleet=fleet(nodes=2), services=services, faults=[blip], kubernetes={"nodeMonitorGracePeriod": grace})
    assert sum(end - begin for _, begin, end in down(found, "web")) == pytest.approx(missing)


def test_a_refused_configuration_is_on_no_node():
    found = world(fleet=fleet(nodes=5), changes=[config(applyMode="no-reboot", reboot=True)])
    assert found.refusals[0].sum() == 5 and "refused" in said(found, "machine config")[0].note


def test_rollbacks_and_failed_drains_are_in_the_journal():
    services = [{"name": "web", "replicas": 5, "pdb": {"maxUnavailable": 0}}]
    found = world(fleet=fleet(talos(upgrade={"onFailure": "continue"}), nodes=5), services=services, changes=[image()])
    assert [e.count for e in found.journal.entries(DAY) if e.what == "drain failed"] == [5]
    found = world(
        fleet=fleet(talos(bootloader="grub", upgrade={"onFailure": "continue"}), nodes=5),
        changes=[image(defect=breaks("boot.kernel"))],
    )
    assert [e.count for e in found.journal.entries(DAY) if e.what == "rolled back by itself"] == [5]
