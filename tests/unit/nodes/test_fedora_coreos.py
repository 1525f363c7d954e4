"""Fedora CoreOS: ramps by a fixed hash, barriers and dead ends, what stays broken, greenboot."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.kernel import NEVER
from tests.unit.worlds import (
    BOOT,
    DAY,
    HOUR,
    MINUTE,
    QUICK,
    alert,
    breaks,
    entered,
    fedora_coreos,
    fleet,
    history,
    image,
    path,
    power_cut,
    said,
    state,
    version,
    world,
)

STAGE = 2 * MINUTE


def begun(found, nodes: int) -> np.ndarray:
    """When each node began to install, NEVER where it did not."""
    return np.array([entered(found, n, "UPDATING") if "UPDATING" in path(found, n) else NEVER for n in range(nodes)])


def test_an_update_on_fedora_coreos():
    """Seen within 330 s, staged, rebooted at once."""
    (at, *_), *rest = history(world(fleet=fleet("fedora-coreos"), changes=[image(at="1h")]), 0)
    assert 0 <= at - HOUR <= 330.0
    assert [(pytest.approx(t - at), s) for t, s in rest] == [
        (STAGE, "REBOOTING"),
        (STAGE + 100.0, "UNPROVEN"),
        (STAGE + BOOT, "READY"),
    ]


# --- ramps ------------------------------------------------------------------------------------------------


def _twice(**os) -> tuple[np.ndarray, np.ndarray]:
    changes = [image("v2", at="0s", over="48h"), image("v3", at="10d", over="48h")]
    found = world(horizon="20d", fleet=fleet(fedora_coreos(**os), nodes=200), changes=changes)
    agenda = found.nodes.agenda
    first, second = np.full(200, NEVER), np.full(200, NEVER)
    for number, when in ((0, first), (1, second)):
        rows = np.flatnonzero((agenda.owner == number) & (agenda.states[:, 0] == 4))
        when[agenda.entity[rows]] = agenda.begins[rows] - found.changes[number].at
    return first, second


def test_edge_17_the_same_nodes_are_first_in_every_release():
    """The place in the ramp is a hash of the node: only the wait for the next look differs."""
    first, second = _twice()
    assert np.ptp(first) > 40 * HOUR and np.abs(first - second).max() <= 330.0


def test_a_node_of_wariness_0_is_a_canary_and_one_of_1_among_the_last():
    first, _ = _twice(zincati={"wariness": 0})
    assert first.max() <= 330.0
    first, _ = _twice(zincati={"wariness": 1})
    assert first.min() >= 48 * HOUR


def test_a_share_may_see_it_at_once():
    change = image(over="10h")
    change["rollout"]["stages"][0]["atOnce"] = "30%"
    at = begun(world(horizon="2d", fleet=fleet("fedora-coreos", nodes=400), changes=[change]), 400)
    assert np.mean(at <= 330.0) == pytest.approx(0.3, abs=0.06)
    assert np.mean(at <= 5 * HOUR) == pytest.approx(0.3 + 0.7 * 0.5, abs=0.06) and at.max() <= 10 * HOUR + 330.0


def test_a_withdrawn_release_reaches_nobody_new():
    change = image(over="48h")
    change["rollout"]["withdrawAfter"] = "12h"
    found = world(horizon="3d", fleet=fleet("fedora-coreos", nodes=400), changes=[change])
    at = begun(found, 400)
    assert np.mean(np.isfinite(at)) == pytest.approx(0.25, abs=0.06) and at[np.isfinite(at)].max() <= 12 * HOUR
    # Who has staged it by then boots into it.
    assert all(version(found, n, 3 * DAY - 1) == "v2" for n in np.flatnonzero(np.isfinite(at)))


# --- the graph --------------------------------------------------------------------------------------------


def _off_for_long(*changes: dict) -> list[str]:
    """The versions that a node runs which was off while all of these came out."""
    found = world(horizon="3d", fleet=fleet("fedora-coreos"), changes=[*changes], faults=[power_cut("30m", "24h")])
    ups = [at for at, what in history(found, 0) if what == "READY"]
    return [version(found, 0, at) for at in ups]


def test_edge_21_a_node_that_was_off_steps_through_the_barriers():
    plain = [image("v2", at="1h"), image("v3", at="2h"), image("v4", at="3h"), image("v5", at="4h")]
    assert _off_for_long(*plain) == ["1.0.0", "v5"]
    barriers = [image("v2", at="1h"), image("v3", at="2h", barrier=True), image("v4", at="3h", barrier=True), plain[3]]
    assert _off_for_long(*barriers) == ["1.0.0", "v3", "v4", "v5"]


def test_no_way_leads_out_of_a_dead_end():
    changes = [image("v2", at="1h", deadEnd=True), image("v3", at="10h")]
    found = world(horizon="2d", fleet=fleet("fedora-coreos"), changes=changes)
    assert version(found, 0, 2 * DAY - 1) == "v2"


def test_nothing_newer_is_fetched_while_one_waits():
    os = fedora_coreos(reboots={"by": "periodic", "windows": [{"start": "20:00", "lasts": "1m"}]})
    found = world(horizon="2d", fleet=fleet(os), changes=[image("v2", at="1h"), image("v3", at="3h")])
    assert version(found, 0, 21 * HOUR) == "v2" and version(found, 0, DAY + 21 * HOUR) == "v3"


# --- what goes wrong --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("component", "ends"), [("boot.firmware", "FAILED"), ("boot.kernel", "FAILED"), ("boot.init", "NOT_READY")]
)
def test_edge_16_nothing_goes_back_by_itself(component, ends):
    found = world(fleet=fleet("fedora-coreos"), changes=[image(at="1h", defect=breaks(component))])
    assert path(found, 0)[-1] == ends and said(found, "rolled back by itself") == []


def _rolled_back(*more: dict):
    """People roll back a release whose kubelet does not work."""
    bad = image("v2", at="1h", defect=breaks("kubelet", clearedBy=["rollback"]))
    return world(
        horizon="2d",
        fleet=fleet("fedora-coreos", nodes=3),
        changes=[bad, *more],
        alerts=[alert({"nodes": "bad"}, **{"for": "2m"})],
        onCall=QUICK,
        remedies=[{"name": "rollback"}],
    )


def test_a_release_that_people_have_left_is_skipped():
    assert version(_rolled_back(), 0, 2 * DAY - 1) == "1.0.0"


def test_edge_16_a_manual_rollback_is_undone_by_the_next_release():
    found = _rolled_back(image("v3", at="24h"))
    assert version(found, 0, 23 * HOUR) == "1.0.0" and version(found, 0, 25 * HOUR) == "v3"


@pytest.mark.parametrize(
    ("component", "greenboot", "ends"),
    [
        ("boot.kernel", {}, "REVERTED"),
        ("boot.init", {}, "REVERTED"),
        ("kubelet", {}, "READY"),  # the operating system's own checks pass
        ("kubelet", {"checksKubelet": True}, "REVERTED"),
    ],
)
def test_greenboot_goes_back_after_three_boots(component, greenboot, ends):
    os = fedora_coreos(greenboot=greenboot)
    found = world(fleet=fleet(os), changes=[image(at="1h", defect=breaks(component))])
    assert path(found, 0)[-1] == ends
    if component == "boot.kernel":  # three boots of 100 s that panic, and one of the release before
        assert entered(found, 0, "REVERTED") - entered(found, 0, "REBOOTING") == pytest.approx(400.0)
    if component == "boot.init":  # three boots of 100 s with 20 s of checks each, and one more boot
        assert entered(found, 0, "REVERTED") - entered(found, 0, "REBOOTING") == pytest.approx(460.0)
    assert path(found, 0).count("UPDATING") == 1  # it does not take the release that it has left once more


def test_a_hang_is_no_business_of_greenboot_without_a_watchdog():
    hangs = image(at="1h", defect=breaks("boot.kernel", mode="hang"))
    assert path(world(fleet=fleet(fedora_coreos(greenboot={})), changes=[hangs]), 0)[-1] == "FAILED"
    dog = fedora_coreos(greenboot={}, watchdog="1m")
    assert path(world(fleet=fleet(dog), changes=[hangs]), 0)[-1] == "REVERTED"


# --- the agent --------------------------------------------------------------------------------------------


def test_people_who_are_logged_in_put_a_reboot_off_ten_times():
    found = world(fleet=fleet(fedora_coreos(sessions=1.0)), changes=[image(at="1h")])
    assert entered(found, 0, "REBOOTING") - entered(found, 0, "PENDING_REBOOT") == 10 * MINUTE


@pytest.mark.parametrize(("lasts", "comes"), [("30m", True), ("3h", False)])
def test_after_twelve_tries_a_release_is_given_up(lasts, comes):
    down = {"name": "down", "trigger": {"at": "50m"}, "lasts": lasts, **breaks("update-server")}
    found = world(fleet=fleet("fedora-coreos", nodes=5), changes=[image(at="1h")], faults=[down])
    assert np.isfinite(begun(found, 5)).all() == comes
    again = world(fleet=fleet("fedora-coreos"), changes=[image(at="1h"), image("v3", at="10h")], faults=[down])
    assert version(again, 0, DAY - 1) == "v3"  # the next one is looked for as ever


def test_zincati_may_be_switched_off():
    found = world(fleet=fleet(fedora_coreos(zincati={"enabled": False})), changes=[image(at="1h")])
    assert history(found, 0) == []


def test_a_power_cut_boots_what_was_staged():
    os = fedora_coreos(reboots="hand")
    found = world(fleet=fleet(os), changes=[image(at="1h")], faults=[power_cut("5h", "10m")])
    assert state(found, 0, 4 * HOUR) == "PENDING_REBOOT" and version(found, 0, 6 * HOUR) == "v2"
