"""Reboot coordinators side by side: who may be out at once, what a failed drain does, who keeps a lock."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.nodes.states import State
from tests.unit.worlds import (
    BOOT,
    DAY,
    HOUR,
    MINUTE,
    QUICK,
    alert,
    breaks,
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

LOCKS = {
    "kured": {"by": "kured"},
    "fluo": {"by": "fluo"},
    "locksmith": {"by": "locksmith", "strategy": "etcd-lock"},
    "fleetlock": {"by": "fleetlock", "slots": 1},
    "system-upgrade-controller": {"by": "system-upgrade-controller"},
}
#: A budget that allows no eviction.
TIGHT = {"name": "web", "replicas": 4, "needs": 1, "pdb": {"minAvailable": 4}}
#: One that allows one at a time, so that a drain takes the five seconds in which a pod stops.
LOOSE = {"name": "web", "replicas": 4, "needs": 1, "pdb": {"maxUnavailable": 1}}


def by(reboots, nodes: int = 4, clusters: int = 1, horizon: str = "2d", changes: list | None = None, **spec):
    """Flatcar nodes under a coordinator, with a release at 1 h."""
    return world(
        horizon=horizon,
        fleet=fleet(flatcar(reboots=reboots), nodes=nodes, clusters=clusters),
        changes=changes or [image(at="1h")],
        **spec,
    )


def reboots(found, nodes: int) -> np.ndarray:
    return np.array([entered(found, n, "REBOOTING") for n in range(nodes) if "REBOOTING" in path(found, n)])


def out_at_once(found, nodes: int) -> int:
    """The most nodes that were on their way through a reboot at once."""
    spans = found.nodes.spans(State.REBOOTING).union(found.nodes.spans(State.UNPROVEN))
    return int(spans.most()[0])


def on(found, wanted: str, nodes: int, at: float = 2 * DAY - 1) -> int:
    return sum(version(found, n, at) == wanted for n in range(nodes))


# --- how many at once -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LOCKS)
def test_one_node_of_a_cluster_at_a_time(name):
    found = by(LOCKS[name], nodes=6)
    assert out_at_once(found, 6) == 1 and on(found, "v2", 6) == 6


@pytest.mark.parametrize(
    "settings",
    [
        {"by": "kured", "concurrency": 2, "period": "1m"},
        {"by": "fluo", "maxRebooting": 2},
        {"by": "locksmith", "strategy": "etcd-lock", "max": 2},
        {"by": "fleetlock"},  # airlock's sample has two slots
        {"by": "system-upgrade-controller", "concurrency": 2},
    ],
)
def test_or_as_many_as_one_says(settings):
    os = flatcar(reboots=settings, download="1s", install="1s", server={})
    found = world(horizon="2d", fleet=fleet(os, nodes=30), changes=[image(at="1h")])
    assert out_at_once(found, 30) == 2 and on(found, "v2", 30) == 30


def test_clusters_have_a_lock_each_unless_the_fleet_shares_one():
    slots = {"by": "fleetlock", "slots": 1}
    many = by(slots, nodes=3, clusters=20)
    assert out_at_once(many, 60) > 1 and on(many, "v2", 60) == 60
    one = by({**slots, "scope": "fleet"}, nodes=3, clusters=20)
    assert out_at_once(one, 60) == 1 and on(one, "v2", 60) == 60


def test_two_pools_of_a_cluster_share_its_lock_and_groups_do_not():
    def pools(first: dict, second: dict):
        made = [{"name": n, "nodes": 8, "os": flatcar(reboots=r)} for n, r in (("a", first), ("b", second))]
        return world(horizon="2d", fleet=[{"name": "prod", "pools": made}], changes=[image(at="1h")])

    lock = {"by": "fleetlock", "slots": 1}
    assert out_at_once(pools(lock, lock), 16) == 1
    assert out_at_once(pools(lock, {**lock, "group": "other"}), 16) == 2


def test_without_a_lock_everybody_goes_at_once():
    found = world(horizon="2d", fleet=fleet("microos", nodes=30), changes=[image(at="10h")])
    assert out_at_once(found, 30) == 30


@pytest.mark.parametrize(("reboots_by", "waits"), [("hand", True), ({"by": "locksmith", "strategy": "off"}, True)])
def test_nobody_reboots_when_nobody_does(reboots_by, waits):
    assert state(by(reboots_by), 0, 2 * DAY - 1) == "PENDING_REBOOT"


# --- when -------------------------------------------------------------------------------------------------


def test_kured_looks_for_its_sentinel_every_hour():
    waits = []
    found = by("kured", nodes=1, clusters=300)
    for node in range(300):
        steps = dict((what, at) for at, what in reversed(history(found, node)))
        waits.append(steps["REBOOTING"] - steps["PENDING_REBOOT"])
    assert min(waits) >= 0 and max(waits) <= HOUR and np.mean(waits) == pytest.approx(HOUR / 2, rel=0.1)


def test_kured_frees_its_lock_a_minute_after_the_node_is_back():
    found = by({"by": "kured", "period": "1s"}, nodes=8)
    gaps = np.diff(np.sort(reboots(found, 8)))
    assert (gaps >= BOOT + MINUTE - 1e-6).all()


@pytest.mark.parametrize(
    "settings",
    [
        {"by": "kured", "timeZone": "Europe/Berlin"},
        {"by": "locksmith", "strategy": "etcd-lock"},
        {"by": "locksmith", "strategy": "reboot"},
        {"by": "fluo"},
    ],
)
def test_windows(settings):
    """Tuesdays from 3 to 4 in Berlin, which is from 2 to 3 UTC in March."""
    settings = {**settings, "windows": [{"days": ["tue"], "start": "03:00", "lasts": "1h"}]}
    if settings["by"] == "kured":
        settings["period"] = "5m"
    found = world(
        horizon="3d",
        fleet=fleet(flatcar(reboots=settings), nodes=4, timeZone="Europe/Berlin"),
        changes=[image(at="1h")],
    )
    at = reboots(found, 4)
    assert len(at) == 4 and (at >= DAY + 2 * HOUR).all() and (at <= DAY + 3 * HOUR).all()


def test_locksmith_asks_again_after_growing_waits():
    found = by(LOCKS["locksmith"], nodes=12)
    chain = np.cumsum([0, 5, 10, 20, 40, 80, 160, *[300] * 50])
    for node in range(12):
        steps = dict((what, at) for at, what in reversed(history(found, node)))
        waited = steps["REBOOTING"] - steps.get("PENDING_REBOOT", steps["REBOOTING"])
        assert np.abs(chain - waited).min() < 1e-6


# --- drains -----------------------------------------------------------------------------------------------


def test_edge_19_kured_waits_for_ever_for_a_drain():
    found = by("kured", services=[TIGHT])
    states = [state(found, n, 2 * DAY - 1) for n in range(4)]
    assert sorted(states) == ["DRAINING", *["PENDING_REBOOT"] * 3] and on(found, "1.0.0", 4) == 4


def test_edge_19_fluo_ignores_it_and_reboots():
    found = by("fluo", services=[TIGHT])
    assert on(found, "v2", 4) == 4
    first = min(range(4), key=lambda n: entered(found, n, "REBOOTING"))
    assert entered(found, first, "REBOOTING") - entered(found, first, "DRAINING") == 600.0


def test_kured_with_a_time_limit_gives_the_lock_back_and_tries_again():
    found = by({"by": "kured", "drainTimeout": "10m"}, services=[TIGHT])
    drains = {n: np.array([at for at, what in history(found, n) if what == "DRAINING"]) for n in range(4)}
    tried = [at for at in drains.values() if len(at)]
    assert tried and all(len(at) > 10 and np.allclose(np.diff(at), HOUR) for at in tried)
    assert on(found, "1.0.0", 4) == 4 and all("REBOOTING" not in path(found, n) for n in range(4))
    assert out_at_once(found, 4) == 0 and found.nodes.spans(State.DRAINING).most()[0] == 1


def test_kured_may_be_told_to_reboot_all_the_same():
    found = by({"by": "kured", "drainTimeout": "10m", "forceReboot": True}, services=[TIGHT])
    assert on(found, "v2", 4) == 4
    assert entered(found, 0, "REBOOTING") - entered(found, 0, "DRAINING") == pytest.approx(600.0)


def test_the_upgrade_controller_stalls_with_the_node_cordoned():
    found = by({"by": "system-upgrade-controller", "drain": True}, services=[TIGHT])
    states = [state(found, n, 2 * DAY - 1) for n in range(4)]
    assert sorted(states) == ["CORDONED", *["PENDING_REBOOT"] * 3] and on(found, "1.0.0", 4) == 4
    cordoned = states.index("CORDONED")
    assert entered(found, cordoned, "CORDONED") - entered(found, cordoned, "DRAINING") == 600.0
    assert said(found, "drain failed")[0].count == 1


@pytest.mark.parametrize("name", ["locksmith", "fleetlock", "system-upgrade-controller"])
def test_the_others_do_not_drain(name):
    found = by(LOCKS[name], services=[TIGHT])
    assert on(found, "v2", 4) == 4 and all("DRAINING" not in path(found, n) for n in range(4))


def test_a_drain_that_goes_well_takes_its_time():
    found = by("kured", services=[LOOSE])
    assert on(found, "v2", 4) == 4
    assert entered(found, 0, "REBOOTING") - entered(found, 0, "DRAINING") == pytest.approx(5.0)


# --- locks that are not given back ------------------------------------------------------------------------


def _frozen(reboots_by, lasts: str | None = None, **spec):
    """Six pools of one node each in one cluster, so that a fault can strike one of them: the first that reboots."""
    pools = [{"name": f"w{n}", "nodes": 1, "os": flatcar(reboots=reboots_by)} for n in range(6)]
    one = [{"name": "prod", "pools": pools}]
    plain = world(horizon="2d", fleet=one, changes=[image(at="1h")])
    first = int(np.argmin([entered(plain, n, "REBOOTING") for n in range(6)]))
    at = entered(plain, first, "REBOOTING") + 10
    ended = ["expiry"] if lasts else ["replace"]
    cut = power_cut(f"{at:.3f}s", lasts, when={"pool": f"w{first}"}, clearedBy=ended)
    return first, world(horizon="2d", fleet=one, changes=[image(at="1h")], faults=[cut], **spec)


@pytest.mark.parametrize("name", LOCKS)
def test_edge_18_a_dead_node_freezes_the_patching_of_its_cluster(name):
    first, found = _frozen(LOCKS[name])
    others = [n for n in range(6) if n != first]
    assert state(found, first, DAY) == "FAILED"
    assert all(state(found, n, 2 * DAY - 1) == "PENDING_REBOOT" for n in others)
    (told,) = said(found, "lock not given back")
    assert told.count == 5 and name in told.subject


@pytest.mark.parametrize("name", LOCKS)
def test_it_goes_on_when_the_node_is_back(name):
    first, found = _frozen(LOCKS[name], lasts="10h")
    back = entered(found, first, "READY")
    others = np.array([entered(found, n, "REBOOTING") for n in range(6) if n != first])
    assert (others >= back).all() and on(found, "v2", 6) == 6 and said(found, "lock not given back") == []


def test_it_goes_on_when_the_node_is_replaced():
    first, found = _frozen(
        LOCKS["kured"],
        alerts=[alert({"nodes": "bad"}, **{"for": "1h"})],
        onCall=QUICK,
        remedies=[{"name": "replace", "duration": "10m"}],
    )
    others = [n for n in range(6) if n != first]
    assert all(version(found, n, 2 * DAY - 1) == "v2" for n in others)


def test_a_lock_with_an_expiry_is_free_again():
    first, found = _frozen({"by": "kured", "lockTtl": "30m", "period": "1m"})
    others = np.sort([entered(found, n, "REBOOTING") for n in range(6) if n != first])
    assert others[0] >= entered(found, first, "REBOOTING") + 30 * MINUTE
    assert all(version(found, n, 2 * DAY - 1) == "v2" for n in range(6) if n != first)


@pytest.mark.parametrize(("name", "goes_on"), [("kured", False), ("fluo", False), ("locksmith", True)])
def test_an_agent_that_is_a_pod_needs_the_kubelet(name, goes_on):
    """The new version breaks the kubelet: as if by a health gate the rollout stops at the first node of a cluster."""
    found = by(LOCKS[name], changes=[image(at="1h", defect=breaks("kubelet", clearedBy=["rollback"]))])
    assert on(found, "v2", 4) == (4 if goes_on else 1)


def test_a_node_that_dies_in_the_queue_leaves_it():
    """It boots what it has installed; the others do not wait for it."""
    pools = [{"name": f"w{n}", "nodes": 1, "os": flatcar(reboots={"by": "kured"})} for n in range(4)]
    one = [{"name": "prod", "pools": pools}]
    plain = world(horizon="2d", fleet=one, changes=[image(at="1h")])
    last = int(np.argmax([entered(plain, n, "REBOOTING") for n in range(4)]))
    at = entered(plain, last, "PENDING_REBOOT") + 1
    cut = power_cut(f"{at:.3f}s", "10m", when={"pool": f"w{last}"})
    found = world(horizon="2d", fleet=one, changes=[image(at="1h")], faults=[cut])
    assert version(found, last, at + 601 + BOOT) == "v2" and path(found, last).count("REBOOTING") == 1
    assert all(version(found, n, 2 * DAY - 1) == "v2" for n in range(4))


def test_without_the_lock_server_nobody_reboots():
    """Planned before anybody knew of the outage, and planned again when it came."""
    server = {"by": "fleetlock", "server": "airlock"}
    down = {"name": "down", "trigger": {"at": "30m"}, "lasts": "10h", **breaks("airlock")}
    spec = {"components": [{"name": "airlock", "scope": "global"}], "faults": [down]}
    found = by(server, nodes=6, **spec)
    at = reboots(found, 6)
    assert len(at) == 6 and (at >= 10.5 * HOUR).all() and (at <= 11.5 * HOUR).all()
    late = by(server, nodes=6, **{**spec, "faults": [{**down, "trigger": {"at": "85m"}}]})
    before = reboots(late, 6) < 85 * MINUTE
    assert 0 < before.sum() < 6 and (reboots(late, 6)[~before] >= 85 * MINUTE + 10 * HOUR).all()


def test_who_has_begun_goes_on_when_a_release_is_withdrawn():
    change = image(at="1h")
    change["rollout"] = {"withdrawAfter": "20m"}
    found = by("kured", nodes=30, changes=[change])
    begun = [n for n in range(30) if "UPDATING" in path(found, n)]
    assert 0 < len(begun) < 30
    assert all(version(found, n, 2 * DAY - 1) == ("v2" if n in begun else "1.0.0") for n in range(30))
