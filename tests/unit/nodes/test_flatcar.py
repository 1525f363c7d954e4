"""Flatcar: checks, slots that prove themselves, the way back and round again, Nebraska."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.scenario.errors import InvalidScenario
from tests.unit.worlds import (
    BOOT,
    DAY,
    HOUR,
    MINUTE,
    breaks,
    default,
    entered,
    flatcar,
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

WRITE = 2 * MINUTE


def begins(found, nodes: int) -> np.ndarray:
    """When each node began to install, for the first time."""
    return np.array([entered(found, n, "UPDATING") for n in range(nodes)])


def cut(found_at: float, lasts: str = "30s") -> dict:
    return power_cut(f"{found_at:.3f}s", lasts)


# --- from the release to the node -------------------------------------------------------------------------


def test_an_update_on_flatcar():
    """Checked, fetched, written, rebooted at once."""
    found = world(fleet=fleet("flatcar"), changes=[image(at="1h")])
    (at, *_), *rest = history(found, 0)
    assert HOUR <= at <= HOUR + 50 * MINUTE
    assert [(t - at, s) for t, s in rest] == [
        (WRITE, "REBOOTING"),
        (pytest.approx(WRITE + 100.0), "UNPROVEN"),
        (pytest.approx(WRITE + BOOT), "READY"),
    ]


def test_checks_are_spread_over_their_interval():
    waits = begins(world(fleet=fleet("flatcar", nodes=2000), changes=[image(at="5h")]), 2000) - 5 * HOUR
    assert waits.min() >= 0 and waits.max() <= 50 * MINUTE and waits.mean() == pytest.approx(22.5 * MINUTE, rel=0.05)


def test_the_first_check_comes_two_to_twelve_minutes_after_a_boot():
    """A release that came out while the machines were off is found by the first check."""
    found = world(fleet=fleet("flatcar", nodes=300), changes=[image(at="2h")], faults=[power_cut("1h", "3h")])
    waits = begins(found, 300) - 4 * HOUR - BOOT
    assert waits.min() >= 2 * MINUTE and waits.max() <= 12 * MINUTE and np.ptp(waits) > 9 * MINUTE


def test_a_server_that_fails_is_asked_less_and_less_often():
    """HTTP 5xx double the interval of 45 min up to 4 h."""
    down = {"name": "down", "trigger": {"at": "30m"}, "lasts": "12h", **breaks("update-server")}
    found = world(horizon="2d", fleet=fleet("flatcar", nodes=300), changes=[image(at="1h")], faults=[down])
    # The first check in vain is 0 to 50 min after the server has gone; then 90 min, 180 min and every 4 h: 12.5 h on.
    late = begins(found, 300) - 30 * MINUTE - (1.5 + 3 + 4 + 4) * HOUR
    assert late.min() >= 0 and late.max() <= 50 * MINUTE and np.ptp(late) > 40 * MINUTE


def test_nothing_comes_from_no_server():
    found = world(fleet=fleet(flatcar(server="disabled")), changes=[image(at="1h")])
    assert history(found, 0) == []


# --- slots ------------------------------------------------------------------------------------------------


def test_edge_13_a_slot_is_good_after_45_seconds_whatever_runs_on_it():
    """The kubelet breaks a minute after the boot: the slot was good by then, and a reboot comes up on it again."""
    sick = breaks("kubelet", trigger={"on": "apply", "after": "1m"}, clearedBy=["rollback"])
    first = world(fleet=fleet("flatcar"), changes=[image(at="1h", defect=sick)])
    up = entered(first, 0, "UNPROVEN")
    found = world(fleet=fleet("flatcar"), changes=[image(at="1h", defect=sick)], faults=[cut(up + 10 * MINUTE)])
    assert version(found, 0, DAY - 1) == "v2" and said(found, "rolled back by itself") == []


@pytest.mark.parametrize(("after", "stays"), [(5.0, "1.0.0"), (44.0, "1.0.0"), (46.0, "v2")])
def test_a_power_cut_before_that_goes_back(after, stays):
    up = entered(world(fleet=fleet("flatcar"), changes=[image(at="1h")]), 0, "UNPROVEN")
    found = world(fleet=fleet("flatcar"), changes=[image(at="1h")], faults=[cut(up + after)])
    assert version(found, 0, up + after + 30 + BOOT) == stays


def test_edge_14_after_the_fallback_the_same_version_is_installed_again():
    bad = image(at="1h", defect=breaks("boot.kernel"))
    found = world(horizon="6h", fleet=fleet("flatcar"), changes=[bad])
    steps = path(found, 0)
    assert steps[:6] == ["UPDATING", "REBOOTING", "REVERTED", "UPDATING", "REBOOTING", "REVERTED"]
    times = [at for at, what in history(found, 0) if what == "UPDATING"]
    back = [at for at, what in history(found, 0) if what == "REVERTED"]
    waits = np.array(times[1:]) - np.array(back[: len(times) - 1])
    assert len(times) > 10 and (waits >= 2 * MINUTE).all() and (waits <= 12 * MINUTE).all()
    assert version(found, 0, 6 * HOUR - 1) == "1.0.0"


def test_the_loop_ends_when_the_release_is_withdrawn():
    bad = image(at="1h", defect=breaks("boot.kernel"))
    bad["rollout"] = {"withdrawAfter": "2h"}
    found = world(fleet=fleet("flatcar"), changes=[bad])
    assert max(at for at, what in history(found, 0) if what == "UPDATING") <= 3 * HOUR
    assert state(found, 0, DAY - 1) == "REVERTED" and found.rollouts[0].status == "withdrawn"


def test_a_loop_that_would_fill_the_memory_is_told(monkeypatch):
    monkeypatch.setattr("simulator.nodes.self_updates.MOST_ROWS", 2000)
    bad = image(at="1h", defect=breaks("boot.kernel"))
    with pytest.raises(InvalidScenario, match=r"again and again: more than 2,\d+ updates .*rollout\.withdrawAfter"):
        world(horizon="3d", fleet=fleet("flatcar", nodes=20), changes=[bad])


def test_a_newer_release_ends_the_loop():
    bad, good = image("v2", at="1h", defect=breaks("boot.kernel")), image("v3", at="3h")
    found = world(fleet=fleet("flatcar"), changes=[bad, good])
    assert version(found, 0, DAY - 1) == "v3" and path(found, 0)[-1] == "READY"


def test_user_space_without_update_engine_is_left_at_the_next_boot():
    """init fails: the machine stays up, not ready; whoever reboots it gets the old slot."""
    bad = image(at="1h", defect=breaks("boot.init"))
    bad["rollout"] = {"withdrawAfter": "2h"}
    found = world(fleet=fleet("flatcar"), changes=[bad], faults=[power_cut("5h", "10m")])
    assert state(found, 0, 4 * HOUR) == "NOT_READY" and version(found, 0, 4 * HOUR) == "v2"
    assert version(found, 0, 6 * HOUR) == "1.0.0" and state(found, 0, 6 * HOUR) == "READY"


def test_a_hang_needs_a_watchdog_or_hands():
    hangs = image(at="1h", defect=breaks("boot.kernel", mode="hang"))
    hangs["rollout"] = {"withdrawAfter": "2h"}
    assert path(world(fleet=fleet("flatcar"), changes=[hangs]), 0)[-1] == "FAILED"
    dog = world(fleet=fleet(flatcar(watchdog="5m")), changes=[hangs])
    assert path(dog, 0)[-1] == "REVERTED"


def test_with_update_engine_masked_a_slot_is_never_good():
    """Somebody updates by hand; the next reboot, hours later, boots the old slot."""
    os = flatcar(updateEngine="masked")
    found = world(fleet=fleet(os), changes=[image(at="1h")], faults=[power_cut("10h", "10m")])
    assert entered(found, 0, "UPDATING") == HOUR
    assert version(found, 0, 9 * HOUR) == "v2" and version(found, 0, 11 * HOUR) == "1.0.0"


def test_edge_15_nothing_newer_is_fetched_while_one_waits():
    """The double-update trap: a security fix comes out while the release before it waits for its reboot."""
    os = flatcar(reboots={"by": "periodic", "windows": [{"start": "20:00", "lasts": "1m"}]})
    found = world(horizon="2d", fleet=fleet(os), changes=[image("v2", at="1h"), image("fix", at="3h")])
    assert default(found, 0, 19 * HOUR) == "v2" and version(found, 0, 21 * HOUR) == "v2"
    assert entered(found, 0, "REBOOTING") == 20 * HOUR
    assert version(found, 0, DAY + 21 * HOUR) == "fix"


def test_people_who_are_logged_in_hold_a_reboot_up_for_five_minutes():
    found = world(fleet=fleet(flatcar(sessions=1.0)), changes=[image(at="1h")])
    (_, pending), (reboot, _) = history(found, 0)[1:3]
    assert pending == "PENDING_REBOOT"
    assert reboot - entered(found, 0, "PENDING_REBOOT") == 5 * MINUTE


def test_packages_are_not_for_flatcar():
    found = world(fleet=fleet("flatcar", nodes=3), changes=[{"name": "tool", "kind": "package", "at": "1h"}])
    assert history(found, 0) == [] and found.carriers[0].installations[0].refused == 3


# --- Nebraska ---------------------------------------------------------------------------------------------


def granted(nodes: int = 40, horizon: str = "1d", change: dict | None = None, **policy) -> np.ndarray:
    os = flatcar(server=policy)
    changes = [image(**{"at": "10h", **(change or {})})]
    found = world(horizon=horizon, start="2026-03-02T00:00:00Z", fleet=fleet(os, nodes=nodes), changes=changes)
    return np.sort([entered(found, n, "UPDATING") for n in range(nodes) if "UPDATING" in path(found, n)])


def test_so_many_updates_begin_in_a_period():
    at = granted(maxUpdates=2)
    assert len(at) == 40 and (at[2:] - at[:-2] >= 15 * MINUTE).all()
    assert at.max() - at.min() > 18 * 15 * MINUTE


def test_no_more_are_in_progress_than_may_begin():
    """An update that waits for its reboot for hours keeps its place until it has timed out."""
    os = flatcar(server={"maxUpdates": 3, "period": "1m", "timeout": "60m"}, reboots="hand")
    found = world(fleet=fleet(os, nodes=12), changes=[image(at="1h")])
    at = np.sort([entered(found, n, "UPDATING") for n in range(12)])
    assert (at[3:] - at[:-3] >= HOUR).all()


def test_without_a_limit_everybody_gets_it_at_the_next_check():
    assert granted().max() <= 10 * HOUR + 50 * MINUTE


def test_safe_mode_lets_the_first_one_go_alone():
    at = granted(maxUpdates=10, safeMode=True)
    assert at[1] - at[0] >= WRITE + BOOT and at[9] - at[1] < HOUR


def test_safe_mode_disables_the_group_when_updates_time_out():
    at = granted(maxUpdates=2, safeMode=True, change={"defect": breaks("boot.kernel")})
    assert 2 <= len(at) <= 3  # the first, and whoever had begun by the time the second one timed out


def test_office_hours():
    at = granted(nodes=10, horizon="3d", officeHours=True, change={"at": "18h"})
    local = at % DAY
    assert len(at) == 10 and (local >= 9 * HOUR).all() and (local < 17 * HOUR).all()


def test_a_group_that_is_disabled_gets_nothing():
    assert len(granted(enabled=False)) == 0
