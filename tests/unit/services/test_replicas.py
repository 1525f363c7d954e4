"""Replicas: what they lose when nodes go, how long Kubernetes waits, what drains and budgets do."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.worlds import (
    BOOT,
    DAY,
    HOUR,
    UPGRADE,
    breaks,
    config,
    default,
    down,
    fleet,
    image,
    microos,
    power_cut,
    state,
    talos,
    version,
    world,
)

#: A dead node is noticed after 50 s and its pods are tolerated for 300 s more.
EVICTED = 350.0
STARTUP = 20.0


def web(**settings) -> list[dict]:
    """A service whose pods start in 20 s."""
    return [{"name": "web", "startup": "20s", **settings}]


def one_of_three(lasts: str, **settings):
    """Three pools, one replica in each; one of them loses its power."""
    entry = fleet(nodes=1)[0]
    entry["pools"] = [{**entry["pools"][0], "name": name} for name in ("a", "b", "c")]
    return world(
        kubernetes={"nodeMonitorGracePeriod": "50s"},
        fleet=[entry],
        services=web(replicas=3, needs=3, **settings),
        faults=[power_cut("1h", lasts, when={"pool": "a"})],
    )


def test_edge_22_a_dead_node_is_noticed_and_tolerated_before_its_pods_move():
    """40 or 50 s of grace, 300 s of toleration, then a start elsewhere."""
    found = one_of_three("4h")
    assert down(found, "web") == [(0, HOUR, HOUR + EVICTED + STARTUP)]


def test_edge_22_a_short_reboot_never_triggers_an_eviction():
    found = one_of_three("60s")
    assert down(found, "web") == [(0, HOUR, HOUR + 60.0 + BOOT)]


def test_a_pinned_replica_waits_for_its_node():
    found = one_of_three("4h", pinned=True)
    assert down(found, "web") == [(0, HOUR, 5 * HOUR + BOOT)]


def test_nothing_is_evicted_while_most_nodes_are_out():
    """From 55 % of the nodes on evictions stop: the cluster waits for the nodes."""
    entry = fleet(nodes=6)[0]
    entry["pools"] = [
        {**entry["pools"][0], "name": "a", "nodes": 6},
        {**entry["pools"][0], "name": "b", "nodes": 4},
    ]
    found = world(
        fleet=[entry], services=web(replicas=10, needs=10), faults=[power_cut("1h", "4h", when={"pool": "a"})]
    )
    assert down(found, "web") == [(0, HOUR, 5 * HOUR + BOOT)]


def test_most_nodes_are_counted_whether_they_carry_a_replica_or_not():
    found = world(fleet=fleet(nodes=20), services=web(replicas=2), faults=[power_cut("1h", "4h")])
    assert down(found, "web") == [(0, HOUR, 5 * HOUR + BOOT)]


def test_a_drained_node_hurts_only_while_its_pods_move():
    found = world(fleet=fleet(nodes=3), services=web(replicas=3, needs=3), changes=[image()])
    assert [round(end - begin, 6) for _, begin, end in down(found, "web")] == [STARTUP] * 3


def test_a_legacy_upgrade_has_drained_before_it_stops_the_node():
    found = world(
        fleet=fleet(talos(upgrade={"path": "legacy"}), nodes=3),
        services=web(replicas=3, needs=3),
        changes=[image()],
    )
    assert [round(end - begin, 6) for _, begin, end in down(found, "web")] == [STARTUP] * 3


def test_an_update_without_a_drain_costs_the_whole_reboot():
    found = world(
        fleet=fleet(microos(reboots="immediate"), nodes=3),
        horizon="2d",
        services=web(replicas=3, needs=3),
        changes=[image(at="10h")],
    )
    assert sum(end - begin for _, begin, end in down(found, "web")) == pytest.approx(3 * BOOT)


def test_a_budget_is_never_broken_by_drains():
    """Evictions go one by one as the budget allows, even when a node carries several replicas."""
    budget = {"pdb": {"maxUnavailable": 1}}
    kept = world(fleet=fleet(nodes=2), services=web(replicas=6, needs=5, **budget), changes=[image()])
    free = world(fleet=fleet(nodes=2), services=web(replicas=6, needs=5), changes=[image()])
    assert down(kept, "web") == [] and len(down(free, "web")) == 2
    # Three pods one after the other: 5 s to stop the first, and a start for each that follows.
    assert version(kept, 0, UPGRADE + 5.0 + 2 * STARTUP) == "v2" and version(kept, 0, UPGRADE + 4.0 - 20.0) == "1.0.0"


def test_replicas_that_are_missing_use_up_the_budget():
    """Involuntary losses count: a drain during an outage of the same service blocks."""
    entry = fleet(nodes=1)[0]
    entry["pools"] = [{**entry["pools"][0], "name": "a"}, {**entry["pools"][0], "name": "b"}]
    service = web(replicas=2, pinned=True, pdb={"minAvailable": 1})
    calm = world(fleet=[entry], services=service, changes=[image(at="2h", select={"pool": "b"})])
    sick = world(
        fleet=[entry],
        services=service,
        changes=[image(at="2h", select={"pool": "b"})],
        faults=[power_cut("1h", "20h", when={"pool": "a"})],
    )
    assert version(calm, 1, DAY - 1) == "v2"
    assert state(sick, 1, DAY - 1) == "CORDONED" and default(sick, 1, DAY - 1) == "v2"


def test_with_no_host_left_there_is_nowhere_to_go():
    """A bad image that takes node after node, each drained before, takes the service with the last."""
    entry = fleet(talos(upgrade={"onFailure": "continue"}), nodes=3)
    found = world(
        fleet=entry, services=web(replicas=3), changes=[image(defect=breaks("kubelet", trigger={"after": "1s"}))]
    )
    last = 2 * (UPGRADE + 5.0) + 120.0 + 5.0
    assert down(found, "web") == [(0, last, DAY)]


@pytest.mark.parametrize(("needs", "hit"), [(1, 0), (2, 0), (3, 1), ("67%", 1), ("66%", 0)])
def test_needs_says_how_many_must_be_there(needs, hit):
    """A share rounds up."""
    entry = fleet(nodes=1)[0]
    entry["pools"] = [{**entry["pools"][0], "name": name} for name in ("a", "b", "c")]
    found = world(
        fleet=[entry],
        services=web(replicas=3, needs=needs),
        faults=[power_cut("1h", "2h", when={"pool": "a"})],
    )
    assert len(down(found, "web")) == hit


def test_a_degraded_service_has_fewer_replicas_than_it_should():
    found = one_of_three("60s")
    assert len(found.components.impaired("web")) == 1


def test_control_planes_carry_no_replicas_where_there_are_workers():
    found = world(
        fleet=fleet(nodes=2, control_plane=3),
        services=web(replicas=2, needs=1),
        faults=[power_cut("1h", "2h", when={"role": "control-plane"})],
    )
    assert down(found, "web") == []


def test_a_broken_kubelet_is_an_outage_of_what_runs_there():
    found = world(
        fleet=fleet(nodes=2),
        services=web(replicas=2),
        changes=[config(at="1h", defect=breaks("kubelet", lasts="3h"))],
    )
    ((_, begin, end),) = down(found, "web")
    assert end - begin == 3 * HOUR


def test_a_replica_that_is_still_on_its_way_is_not_lost_a_second_time():
    """Drained at 2:02 while nothing is started, the first node is back at 2:04; its power goes at three. One replica is
    missing all the while, and one may be."""
    pools = [{**fleet(nodes=1)[0]["pools"][0], "name": name} for name in ("a", "b", "c")]
    found = world(
        fleet=[{"name": "prod", "pools": pools}],
        services=web(replicas=3, needs=2),
        changes=[image(at="2h", select={"pool": "a"})],
        faults=[
            {"name": "away", "trigger": {"at": "1h"}, "lasts": "5h", **breaks("scheduler")},
            power_cut("3h", "10h", when={"pool": "a"}),
        ],
    )
    where, begin, end, count = found.services[0].missing(np.ones(1, bool))
    spans = sorted(zip(begin.tolist(), end.tolist(), count.tolist(), strict=True))
    assert down(found, "web") == []
    assert spans == [(2 * HOUR + 120.0, 3 * HOUR, 1), (3 * HOUR, 6 * HOUR + STARTUP, 1)]


def racks(nodes: int) -> list[dict]:
    """A cluster whose nodes stand in a rack each."""
    return [{"name": "prod", "pools": [{**fleet(nodes=nodes)[0]["pools"][0], "rackSize": 1}]}]


def test_a_replica_that_has_moved_is_lost_again_with_its_new_node():
    """The first node is away from one to five; the second, which has taken its replica, for ten minutes at two."""
    found = world(
        fleet=racks(2),
        services=web(replicas=1),
        faults=[
            {**power_cut("1h", "4h", when={"rack": "rack-0"}), "name": "first"},
            {**power_cut("2h", "10m", when={"rack": "rack-1"}), "name": "second"},
        ],
    )
    assert down(found, "web") == [
        (0, HOUR, HOUR + 300.0 + 10.0 + STARTUP),  # the image is not there yet
        (0, 2 * HOUR, 2 * HOUR + 600.0 + BOOT),
    ]


def test_replicas_run_out_of_nodes_when_they_die_one_after_the_other():
    """Nine of ten nodes die within two hours: what has moved is lost again."""
    faults = [
        {**power_cut(f"{60 + 15 * k}m", "20h", when={"rack": f"rack-{k}"}), "name": f"node-{k}"} for k in range(9)
    ]
    entry = racks(10)
    found = world(horizon="6h", fleet=entry, services=web(replicas=10, needs=6), faults=faults)
    # From the sixth node on more than 55 % are out, and in a small cluster nothing is evicted any more: the sixth, the
    # seventh and the eighth take what they carried of the others with them. By their own replicas alone it would be up.
    _, begin, end = down(found, "web")[-1]
    assert HOUR + 5 * 900.0 <= begin <= HOUR + 7 * 900.0 and end == 6 * HOUR
