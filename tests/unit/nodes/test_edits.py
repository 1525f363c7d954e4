"""Files that somebody edits by hand on nodes: on which systems that is possible, and how long it lasts."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.nodes import SYSTEMS
from tests.unit.worlds import (
    DAY,
    HOUR,
    MINUTE,
    QUICK,
    alert,
    breaks,
    fleet,
    image,
    microos,
    mutable,
    said,
    scenario,
    spans,
    world,
)

ALL = sorted(SYSTEMS)


def edit(file: str, at: str = "10h", **change) -> dict:
    return {"name": "edit", "kind": "manual", "at": at, "file": file, **change}


def drift(found) -> list[tuple[float, float]]:
    return sorted({(b, e) for d in found.drifts for b, e in zip(d.begin, d.end, strict=True)})


@pytest.mark.parametrize("os", ALL)
@pytest.mark.parametrize("file", ["/usr/bin/kubelet", "/etc/sysctl.d/x.conf"])
def test_who_lets_somebody_edit_what(os, file):
    found = world(fleet=fleet(os, nodes=3), changes=[edit(file)])
    possible = os == "mutable" or (os != "talos" and file.startswith("/etc/"))
    assert bool(found.drifts) == possible
    assert len(said(found, "edit refused")) == (not possible)
    assert len(said(found, "edited by hand")) == possible
    if not possible:
        assert said(found, "edit refused")[0].count == 3


def test_an_edit_that_everybody_refuses_was_not_made():
    """Audit coverage counts what was done, and the table says who refused."""
    commit = {"name": "commit", "at": "1h"}
    run = scenario(fleet=fleet("talos", nodes=3), changes=[commit, edit("/etc/x")]).run(seed=1)
    assert run.metrics["audit_coverage"] == 1.0
    assert run.changes.set_index("change")["refused"]["edit"] == 3
    run = scenario(fleet=fleet("flatcar", nodes=3), changes=[commit, edit("/etc/x")]).run(seed=1)
    assert run.metrics["audit_coverage"] == 0.5 and run.metrics["drift_node_hours"] == pytest.approx(3 * 14)


@pytest.mark.parametrize("os", ["flatcar", "fedora-coreos"])
def test_an_edit_below_etc_outlives_updates(os):
    found = world(horizon="3d", fleet=fleet(os), changes=[edit("/etc/x"), image(at="24h", touches=["/etc/x"])])
    assert drift(found) == [(10 * HOUR, np.inf)]


def test_microos_loses_an_edit_that_the_waiting_snapshot_has_changed_too():
    os = microos(transactionalUpdate={"randomDelay": "0s"}, reboots={"by": "rebootmgr", "seeded": False})
    changes = [image(at="1h", touches=["/etc/x"]), edit("/etc/x", at="26h")]
    found = world(horizon="3d", fleet=fleet(os), changes=changes)
    assert len(said(found, "edit lost")) == 1


def test_configuration_management_puts_right_what_it_manages():
    found = world(fleet=fleet("mutable", nodes=200), changes=[edit("/etc/x")])
    (drifted,) = found.drifts
    lasts = drifted.end - drifted.begin
    assert lasts.min() >= 0 and lasts.max() <= 30 * MINUTE and lasts.mean() == pytest.approx(15 * MINUTE, rel=0.1)
    assert said(found, "drift corrected")[0].note == "by configuration management"


def test_what_it_does_not_manage_stays_and_adds_up():
    os = mutable(configuration={"manages": ["/etc/app/"]})
    changes = [edit(f"/opt/{k}", at=f"{k}h") | {"name": f"edit-{k}"} for k in (1, 2, 3)]
    run = scenario(fleet=fleet(os, nodes=10), changes=changes).run(seed=1)
    assert run.metrics["drift_node_hours"] == pytest.approx(10 * (23 + 22 + 21))
    assert run.systems["drift_node_h"].tolist() == [pytest.approx(10 * (23 + 22 + 21))]


def test_a_new_machine_has_no_old_edits():
    broken = {"name": "broken", "trigger": {"at": "12h"}, **breaks("kubelet"), "clearedBy": ["replace"], "lasts": None}
    found = world(
        horizon="2d",
        fleet=fleet("flatcar", nodes=2),
        changes=[edit("/etc/x")],
        faults=[broken],
        alerts=[alert({"nodes": "bad"}, **{"for": "1m"})],
        onCall=QUICK,
        remedies=[{"name": "replace", "duration": "10m", "parallel": 2}],
    )
    ((begin, end),) = drift(found)
    assert begin == 10 * HOUR and 12 * HOUR < end < 13 * HOUR


def test_what_an_edit_breaks_is_well_again_when_it_is_put_right():
    found = world(fleet=fleet("mutable"), changes=[edit("/etc/x", defect=breaks("kubelet", clearedBy=["revert"]))])
    ((_, begin, end),) = spans(found.conditions[0].on_node.intervals())
    assert begin == 10 * HOUR and end == found.drifts[0].end[0] < DAY
