"""MicroOS: snapshots, the timer, rebootmgr, health-checker, /etc."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.unit.worlds import (
    BOOT,
    DAY,
    HOUR,
    MINUTE,
    REBOOT_TIME,
    applied,
    breaks,
    config,
    default,
    entered,
    fleet,
    history,
    image,
    microos,
    out,
    path,
    power_cut,
    said,
    spans,
    state,
    version,
    world,
)

#: The timer fires at midnight sharp, so that times can be worked out.
PROMPT = microos(transactionalUpdate={"randomDelay": "0s"})
NIGHT = DAY  # the first midnight after a release in the course of day one


def at_once(**settings):
    """Reboots as soon as the snapshot is there."""
    return microos(transactionalUpdate={"randomDelay": "0s"}, reboots="immediate", **settings)


def test_a_night_on_microos():
    """Daily timer, snapshot, request; rebootmgr reboots in the window; health-checker looks."""
    found = world(horizon="2d", fleet=fleet(PROMPT), changes=[image(at="10h")])
    assert history(found, 0) == [
        (NIGHT, "UPDATING"),
        (NIGHT + 5 * MINUTE, "PENDING_REBOOT"),
        (NIGHT + REBOOT_TIME, "REBOOTING"),
        (NIGHT + REBOOT_TIME + 100.0, "UNPROVEN"),
        (NIGHT + REBOOT_TIME + BOOT, "READY"),
    ]


def test_the_timer_fires_within_two_hours_of_midnight():
    found = world(horizon="2d", fleet=fleet(microos(), nodes=200), changes=[image(at="10h")])
    fires = np.array([entered(found, n, "UPDATING") for n in range(200)]) - DAY
    assert (fires >= 0).all() and (fires < 2 * HOUR).all() and np.ptp(fires) > 1.8 * HOUR


# --- edge behaviours 8 to 12 and 20 -----------------------------------------------------------------------


def _dup_then_package(**tu):
    os = microos(transactionalUpdate={"randomDelay": "0s", **tu})
    return world(
        horizon="2d",
        fleet=fleet(os),
        changes=[
            image("dup", at="1h", select={"os": "microos"}),
            {"name": "tool", "kind": "package", "at": "24h30m"},
        ],
    )


def test_edge_08_two_runs_without_a_reboot_drop_the_first_changes():
    """Both snapshots branch from the running root; only the last becomes the default."""
    found = _dup_then_package()
    assert default(found, 0, 25 * HOUR) == "tool"
    assert version(found, 0, 2 * DAY - 1) == "tool"
    (dropped,) = said(found, "update dropped")
    assert dropped.subject == "dup" and [d.cause for d in found.drifts] == ["dup"]


def test_edge_08_continue_builds_on_the_last_snapshot():
    found = _dup_then_package(**{"continue": True})
    assert said(found, "update dropped") == [] and found.drifts == []


def test_edge_08_a_later_dup_brings_what_the_earlier_one_brought():
    """Two releases before one reboot: nothing is lost, the later one holds all of it."""
    never = microos(transactionalUpdate={"randomDelay": "0s"}, reboots="hand")
    found = world(horizon="3d", fleet=fleet(never), changes=[image("v2", at="1h"), image("v3", at="30h")])
    assert default(found, 0, 30 * HOUR) == "v2" and default(found, 0, 3 * DAY - 1) == "v3"
    assert said(found, "update dropped") == []


def _edit(touches: list[str], at: str = "26h", tu: str = "5.0.0", **change):
    os = microos(transactionalUpdate={"randomDelay": "0s", "version": tu})
    return world(
        horizon="2d",
        fleet=fleet(os),
        changes=[
            image(at="10h", touches=touches),
            config(at=at, file="/etc/app.conf", defect=breaks("kubelet"), **change),
        ],
    )


@pytest.mark.parametrize(
    ("tu", "touches", "lost"),
    [
        ("5.0.0", ["/etc/app.conf"], True),  # the same file changed by both
        ("5.0.0", ["/etc/other.conf"], False),  # copied over at first boot
        ("4.6.8", ["/etc/app.conf"], False),
        ("4.6.8", [], False),  # the overlay is kept
        ("4.6.7", [], True),
        ("4.6", [], True),  # could be reset
        ("5.0", ["/etc/app.conf"], True),
        ("5", ["/etc/app.conf"], True),
    ],
)
def test_edge_09_an_edit_between_snapshot_and_reboot_can_vanish(tu, touches, lost):
    found = _edit(touches, tu=tu)
    back = NIGHT + REBOOT_TIME + BOOT
    ends = {end for _, begin, end in spans(found.conditions[0].on_node.intervals())}
    assert ends == {back if lost else np.inf}
    assert [d.begin.tolist() for d in found.drifts] == ([[back]] if lost else [])


def test_edge_09_an_edit_while_the_snapshot_is_written_is_after_the_snapshot():
    """The snapshot branches from the running root at the beginning of the run."""
    found = _edit(["/etc/app.conf"], at="24h1m")
    assert entered(found, 0, "UPDATING") < applied(found, 1)[0] < entered(found, 0, "PENDING_REBOOT")
    assert len(said(found, "edit lost")) == 1


@pytest.mark.parametrize("at", ["10h", "30h"])
def test_edge_09_an_edit_before_the_snapshot_or_after_the_reboot_stays(at):
    assert said(_edit(["/etc/app.conf"], at=at), "edit lost") == []


def test_edge_09_an_edit_survives_when_the_update_is_rolled_back():
    """The snapshot that is booted again is the one that was edited."""
    found = world(
        horizon="2d",
        fleet=fleet(PROMPT),
        changes=[
            image(at="10h", touches=["/etc/app.conf"], defect=breaks("boot.init")),
            config(at="26h", file="/etc/app.conf"),
        ],
    )
    assert state(found, 0, 2 * DAY - 1) == "REVERTED" and said(found, "edit lost") == []


def test_edge_10_every_node_reboots_at_the_same_second():
    """rand() of a generator that nobody has seeded: 1804289383 % 5400 = 3583, so 04:29:43 on every node."""
    found = world(horizon="2d", fleet=fleet(microos(), nodes=50), changes=[image(at="10h")])
    assert {entered(found, n, "REBOOTING") for n in range(50)} == {DAY + 4 * HOUR + 29 * MINUTE + 43.0}


def test_edge_10_a_seeded_generator_spreads_them_over_the_window():
    os = microos(reboots={"by": "rebootmgr", "seeded": True})
    found = world(horizon="2d", fleet=fleet(os, nodes=100), changes=[image(at="10h")])
    times = np.array([entered(found, n, "REBOOTING") for n in range(100)]) - DAY - 3.5 * HOUR
    assert (times >= 0).all() and (times < 1.5 * HOUR).all() and np.ptp(times) > HOUR


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("UTC", "2026-03-02T12:00:00Z"),
        ("Europe/Berlin", "2026-03-02T12:00:00Z"),
        ("Asia/Kolkata", "2026-03-02T12:00:00Z"),
        ("America/New_York", "2026-03-02T12:00:00Z"),
        ("Europe/Berlin", "2026-03-28T12:00:00Z"),  # the clocks go forward that night
        ("Europe/Berlin", "2026-10-24T12:00:00Z"),  # and back that night
        ("America/New_York", "2026-03-07T18:00:00-05:00"),
    ],
)
def test_edge_10_the_clock_on_the_wall_says_04_29_43(zone, start):
    found = world(start=start, horizon="2d", fleet=fleet(microos(), nodes=3, timeZone=zone), changes=[image(at="1h")])
    for node in range(3):
        local = found.calendar.instant(entered(found, node, "REBOOTING")).astimezone(ZoneInfo(zone))
        assert local.strftime("%H:%M:%S") == "04:29:43"
        assert local.date() > datetime.fromisoformat(start).astimezone(ZoneInfo(zone)).date()


def test_edge_10_the_night_of_the_summer_time_change_is_an_hour_shorter():
    def night(start):
        found = world(
            start=start, horizon="1d", fleet=fleet(PROMPT, timeZone="Europe/Berlin"), changes=[image(at="1h")]
        )
        return entered(found, 0, "REBOOTING") - entered(found, 0, "UPDATING")

    usual = night("2026-03-26T12:00:00Z")
    assert usual == REBOOT_TIME
    assert night("2026-03-28T12:00:00Z") == usual - HOUR and night("2026-10-24T12:00:00Z") == usual + HOUR


def test_edge_11_health_checker_says_nothing_about_the_kubelet():
    """Plugins for kubelet, crio and etcd were dropped in 1.12: a broken Kubernetes node is healthy."""
    found = world(fleet=fleet(at_once()), horizon="2d", changes=[image(at="10h", defect=breaks("kubelet"))])
    assert version(found, 0, 2 * DAY - 1) == "v2" and state(found, 0, 2 * DAY - 1) == "READY"
    assert spans(found.nodes_bad())[0][2] == np.inf


def test_edge_12_a_first_failure_without_a_known_good_snapshot_stops_services():
    """Legacy GRUB, no snapshot ever recorded good: stop services, no rollback."""
    os = at_once(healthChecker={"knownGood": False})
    found = world(fleet=fleet(os), horizon="2d", changes=[image(at="10h", defect=breaks("boot.init"))])
    assert path(found, 0) == ["UPDATING", "REBOOTING", "UNPROVEN", "NOT_READY"]
    assert version(found, 0, 2 * DAY - 1) == "v2" and len(spans(found.nodes_bad())) == 1


def _outage_over_midnight(**tu):
    os = microos(transactionalUpdate=tu, reboots="immediate")
    return world(horizon="3d", fleet=fleet(os, nodes=100), changes=[image(at="10h")], faults=[power_cut("20h", "12h")])


def test_edge_20_persistent_timers_fire_together_after_power_on():
    """A missed run fires at the next boot: a fleet that is powered on together updates together."""
    found = _outage_over_midnight()
    up = 32 * HOUR + BOOT
    fires = np.array([entered(found, n, "UPDATING") for n in range(100)]) - up
    assert (fires >= 0).all() and (fires < 2 * HOUR).all()


def test_edge_20_without_persistence_they_wait_for_the_next_midnight():
    found = _outage_over_midnight(persistent=False)
    fires = np.array([entered(found, n, "UPDATING") for n in range(100)])
    assert (fires >= 2 * DAY).all() and (fires < 2 * DAY + 2 * HOUR).all()


def test_edge_20_nothing_was_missed_by_an_outage_between_two_runs():
    os = microos(reboots="immediate")
    found = world(horizon="2d", fleet=fleet(os), changes=[image(at="10h")], faults=[power_cut("12h", "6h")])
    assert entered(found, 0, "UPDATING") >= DAY


def test_edge_20_a_release_that_came_while_the_machine_was_off_comes_after_power_on():
    os = microos(transactionalUpdate={"randomDelay": "10m"}, reboots="immediate")
    found = world(horizon="3d", fleet=fleet(os), changes=[image(at="22h")], faults=[power_cut("20h", "12h")])
    assert 32 * HOUR + BOOT <= entered(found, 0, "UPDATING") < 33 * HOUR


# --- rebootmgr --------------------------------------------------------------------------------------------


def managed(**rebootmgr):
    """rebootmgr with settings; the timer fires at midnight."""
    return microos(transactionalUpdate={"randomDelay": "0s"}, reboots={"by": "rebootmgr", **rebootmgr})


@pytest.mark.parametrize("strategy", ["best-effort", "maint-window"])
def test_a_request_inside_the_window_reboots_at_once(strategy):
    os = microos(
        transactionalUpdate={"randomDelay": "0s"},
        reboots={"by": "rebootmgr", "strategy": strategy, "windowStart": "00:00"},
    )
    found = world(horizon="2d", fleet=fleet(os), changes=[image(at="10h")])
    assert entered(found, 0, "REBOOTING") == DAY + 5 * MINUTE


def test_a_request_outside_the_window_waits_for_the_next_one():
    os = microos(
        transactionalUpdate={"randomDelay": "0s"},
        reboots={"by": "rebootmgr", "windowStart": "00:04", "windowDuration": "1m"},
    )
    found = world(horizon="3d", fleet=fleet(os), changes=[image(at="10h")])
    assert entered(found, 0, "REBOOTING") == 2 * DAY + 4 * MINUTE + 1804289383 % 60


def test_instantly_does_not_look_at_the_window():
    os = managed(strategy="instantly")
    found = world(horizon="2d", fleet=fleet(os), changes=[image(at="10h")])
    assert entered(found, 0, "REBOOTING") == DAY + 5 * MINUTE


@pytest.mark.parametrize("os", [microos(reboots={"by": "rebootmgr", "strategy": "off"}), microos(reboots="hand")])
def test_off_waits_for_somebody_and_the_next_power_cut_is_the_update(os):
    found = world(horizon="3d", fleet=fleet(os), changes=[image(at="10h")], faults=[power_cut("60h", "1h")])
    assert state(found, 0, 59 * HOUR) == "PENDING_REBOOT" and version(found, 0, 59 * HOUR) == "1.0.0"
    assert version(found, 0, 3 * DAY - 1) == "v2"


def test_nobody_drains_and_nobody_takes_a_lock():
    """rebootmgr has had no lock since 2.0: a service goes down when its nodes reboot together."""
    found = world(
        horizon="2d",
        fleet=fleet(nodes=3, os="microos"),
        services=[{"name": "web", "replicas": 3}],
        changes=[image(at="10h")],
    )
    assert spans(found.components.down("web")) == [(0, DAY + REBOOT_TIME, DAY + REBOOT_TIME + BOOT)]


# --- health-checker ---------------------------------------------------------------------------------------

GRUB, BLS = {"bootloader": "grub"}, {"bootloader": "bls"}


@pytest.mark.parametrize(
    ("component", "mode", "checker", "watchdog", "ends"),
    [
        ("boot.firmware", "fail", GRUB, "5m", "FAILED"),
        ("boot.kernel", "fail", GRUB, None, "REVERTED"),  # died before user space cleared the flag
        (
            "boot.kernel",
            "fail",
            GRUB | {"knownGood": False},
            None,
            "FAILED",
        ),  # no last working snapshot to pick
        ("boot.kernel", "hang", GRUB, None, "FAILED"),
        ("boot.kernel", "hang", GRUB, "5m", "REVERTED"),
        ("boot.kernel", "fail", BLS, None, "REVERTED"),  # no tries left: the next entry
        (
            "boot.kernel",
            "fail",
            BLS | {"knownGood": False},
            None,
            "REVERTED",
        ),  # boot counting needs no record
        ("boot.kernel", "hang", BLS, "5m", "REVERTED"),
        ("boot.init", "fail", GRUB, None, "REVERTED"),
        ("boot.init", "fail", GRUB | {"knownGood": False}, None, "NOT_READY"),
        ("boot.init", "fail", BLS, None, "REVERTED"),
        ("boot.init", "fail", BLS | {"reboot": "disabled"}, None, "FAILED"),  # emergency shell
        ("boot.init", "hang", GRUB, None, "FAILED"),  # health-checker never comes to its turn
        ("boot.init", "hang", GRUB, "5m", "REVERTED"),
        ("kubelet", "fail", GRUB, None, "READY"),
        ("kubelet", "fail", BLS, None, "READY"),
    ],
)
@pytest.mark.parametrize("surprise", [False, True])
def test_what_fails_at_a_stage_decides_what_rolls_back(component, mode, checker, watchdog, ends, surprise):
    """The same whether rebootmgr reboots or, with an update that waits, a power cut does."""
    method = {"reboots": "hand" if surprise else "immediate"}
    os = microos(healthChecker=checker, **method, **({"watchdog": watchdog} if watchdog else {}))
    found = world(
        horizon="2d",
        fleet=fleet(os),
        changes=[image(at="10h", defect=breaks(component, mode=mode))],
        faults=[power_cut("30h", "1h")] if surprise else [],
    )
    assert state(found, 0, 2 * DAY - 1) == ends
    assert version(found, 0, 2 * DAY - 1) == ("v2" if ends in ("READY", "NOT_READY") else "1.0.0")


@pytest.mark.parametrize(("checker", "boots"), [(GRUB, 1), (BLS, 3), (BLS | {"tries": 5}, 5)])
def test_boot_counting_takes_a_boot_for_each_try(checker, boots):
    """BLS: a new snapshot is booted three times by default before the entry is marked bad."""
    bad = image(at="10h", defect=breaks("boot.init"))
    found = world(horizon="2d", fleet=fleet(at_once(healthChecker=checker)), changes=[bad])
    begins = entered(found, 0, "REBOOTING")
    assert entered(found, 0, "REVERTED") == begins + boots * BOOT + 100.0
    lost = world(
        horizon="2d",
        fleet=fleet(at_once(healthChecker=checker)),
        changes=[image(at="10h", defect=breaks("boot.kernel"))],
    )
    assert entered(lost, 0, "REVERTED") == entered(lost, 0, "REBOOTING") + boots * 100.0 + 100.0


# --- failures in the middle -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("second", "ends"),
    [
        (60, "again"),  # writing the snapshot: discarded, the running system is untouched
        (400, "v2"),
        (REBOOT_TIME + 50, "v2"),
        (REBOOT_TIME + 110, "v2"),
    ],
)
def test_a_power_cut_boots_old_before_the_snapshot_is_there_and_new_after(second, ends):
    at = DAY + second
    found = world(horizon="3d", fleet=fleet(PROMPT), changes=[image(at="10h")], faults=[power_cut(f"{at:g}s", "1h")])
    assert version(found, 0, at + HOUR + BOOT) == ("v2" if ends == "v2" else "1.0.0")
    assert version(found, 0, 3 * DAY - 1) == "v2"


def test_a_dead_machine_is_not_brought_back_by_its_timer():
    found = world(
        horizon="3d",
        fleet=fleet(PROMPT),
        changes=[image(at="10h")],
        faults=[{"name": "fire", "trigger": {"at": "1h"}, "clearedBy": ["replace"], **breaks("disk")}],
    )
    assert state(found, 0, 3 * DAY - 1) == "FAILED" and out(found) == [(0, HOUR, np.inf)]
