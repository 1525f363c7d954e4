"""The mutable baseline: one clock for all, reboots that nobody orders, nothing that goes back."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.worlds import (
    BOOT,
    DAY,
    HOUR,
    MINUTE,
    QUICK,
    alert,
    breaks,
    config,
    default,
    entered,
    fleet,
    history,
    image,
    mutable,
    path,
    power_cut,
    said,
    spans,
    state,
    version,
    world,
)


def test_everybody_upgrades_at_six_and_nobody_reboots():
    found = world(horizon="3d", fleet=fleet("mutable", nodes=5), changes=[image(at="1h")])
    for node in range(5):
        assert history(found, node) == [(6 * HOUR, "UPDATING"), (6 * HOUR + 5 * MINUTE, "PENDING_REBOOT")]
    assert version(found, 0, 3 * DAY - 1) == "1.0.0" and default(found, 0, 3 * DAY - 1) == "v2"


def test_the_clock_is_the_local_one_and_spreads_over_an_hour():
    os = mutable(upgrades={})
    found = world(horizon="2d", fleet=fleet(os, nodes=300, timeZone="America/New_York"), changes=[image(at="1h")])
    at = np.array([entered(found, n, "UPDATING") for n in range(300)]) - 11 * HOUR
    assert (at >= 0).all() and (at <= HOUR).all() and np.ptp(at) > 55 * MINUTE


@pytest.mark.parametrize("persistent", [True, False])
def test_edge_20_a_missed_run_comes_after_the_power_is_back(persistent):
    os = mutable(upgrades={"randomDelay": "1h", "persistent": persistent})
    found = world(horizon="2d", fleet=fleet(os, nodes=100), changes=[image(at="1h")], faults=[power_cut("2h", "8h")])
    at = np.array([entered(found, n, "UPDATING") for n in range(100)])
    up = 10 * HOUR + BOOT
    if persistent:
        assert (at >= up).all() and (at <= up + HOUR).all()
    else:
        assert (at >= DAY + 6 * HOUR).all()


def test_a_power_cut_is_the_reboot():
    found = world(fleet=fleet("mutable"), changes=[image(at="1h")], faults=[power_cut("8h", "10m")])
    assert version(found, 0, 9 * HOUR) == "v2"


def test_windows_may_be_set():
    os = mutable(reboots={"by": "periodic", "windows": [{"days": ["tue"], "start": "02:00", "lasts": "2h"}]})
    found = world(horizon="3d", fleet=fleet(os), changes=[image(at="1h")])
    assert entered(found, 0, "REBOOTING") == DAY + 2 * HOUR and version(found, 0, 2 * DAY) == "v2"


def test_a_package_runs_at_once():
    found = world(fleet=fleet("mutable"), changes=[{"name": "tool", "kind": "package", "at": "1h"}])
    assert history(found, 0) == [(HOUR, "UPDATING"), (HOUR + 5 * MINUTE, "READY")]
    assert version(found, 0, 2 * HOUR) == "tool"


@pytest.mark.parametrize(("component", "ends"), [("boot.kernel", "FAILED"), ("boot.init", "NOT_READY")])
def test_what_does_not_boot_stays_so(component, ends):
    os = mutable(reboots="immediate")
    found = world(fleet=fleet(os), changes=[image(at="1h", defect=breaks(component))])
    assert path(found, 0)[-1] == ends


def _remedied(*remedies: str, component: str = "kubelet", **os):
    bad = image(at="1h", defect=breaks(component, clearedBy=["rollback", "hands", "replace"]))
    return world(
        horizon="2d",
        fleet=fleet(mutable(reboots="immediate", **os), nodes=2),
        changes=[bad],
        alerts=[alert({"nodes": "bad"}, **{"for": "2m"})],
        onCall=QUICK,
        remedies=[{"name": remedy} for remedy in remedies],
    )


def test_there_is_nothing_to_roll_back_to():
    found = _remedied("rollback")
    assert version(found, 0, 2 * DAY - 1) == "v2" and spans(found.nodes_bad())[0][2] == np.inf
    assert said(found, "no way back")[0].count == 2


def test_hands_choose_the_older_kernel():
    found = _remedied("rollback", "hands", component="boot.kernel")
    assert version(found, 0, 2 * DAY - 1) == "1.0.0" and state(found, 0, 2 * DAY - 1) == "READY"


def test_a_configuration_comes_with_the_next_run_of_its_agent():
    breaks_it = breaks("kubelet", clearedBy=["revert"])
    found = world(fleet=fleet("mutable", nodes=300), changes=[config(at="1h", file="/etc/x", defect=breaks_it)])
    applied = found.carriers[0].deliveries[0].applied[0]
    bitten = np.array([begin for _, begin, _ in spans(found.conditions[0].on_node.intervals())]) - applied
    assert len(bitten) == 300 and bitten.min() >= 0 and bitten.max() <= 30 * MINUTE and np.ptp(bitten) > 28 * MINUTE
    none = world(fleet=fleet(mutable(configuration=None)), changes=[config(at="1h", file="/etc/x", defect=breaks_it)])
    assert spans(none.conditions[0].on_node.intervals())[0][1] == none.carriers[0].deliveries[0].applied[0]
