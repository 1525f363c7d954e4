"""Nodes that are lost: when Kubernetes gives them up, by zone and by how much of it is gone."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.clusters import Evictions
from simulator.kernel import NEVER, Intervals
from tests.unit.worlds import BOOT, HOUR, breaks, down, fleet, power_cut, world

GAP, SLOW = 10.0, 100.0  # seconds between two taints: 0.1 and 0.01 a second


def unready(*spans: tuple[int, float, float]) -> Intervals:
    node, begin, end = zip(*spans, strict=True)
    return Intervals.of(np.array(node), np.array(begin), np.array(end))


def cluster(*zones: int) -> Evictions:
    """One cluster with so many nodes in each zone."""
    zone = np.repeat(np.arange(len(zones)), zones)
    return Evictions(zone, np.zeros(len(zone), int))


def test_nodes_that_die_one_after_the_other_are_tainted_at_once():
    lost = unready((0, 0.0, HOUR), (3, 60.0, HOUR), (5, 120.0, HOUR))
    assert cluster(20).tainted_at(lost).tolist() == [0.0, 60.0, 120.0]


def test_edge_23_nodes_that_die_together_are_tainted_one_every_ten_seconds():
    lost = unready(*((node, 100.0, HOUR) for node in range(5)))
    assert sorted(cluster(20).tainted_at(lost)) == [100.0 + GAP * k for k in range(5)]


def test_a_node_that_is_back_before_its_turn_is_not_tainted_and_holds_nobody_up():
    lost = unready((0, 0.0, HOUR), (1, 0.0, 5.0), (2, 0.0, HOUR))
    assert cluster(20).tainted_at(lost).tolist() == [0.0, NEVER, GAP]


def test_edge_23_evictions_crawl_where_most_of_a_zone_of_a_large_cluster_is_lost():
    """11 of 20 nodes of one zone are 55 %; the cluster has more than 50 nodes."""
    lost = unready(*((node, 0.0, 10 * HOUR) for node in range(11)))
    assert sorted(cluster(20, 20, 20).tainted_at(lost)) == [SLOW * k for k in range(11)]


def test_edge_23_evictions_stop_where_most_of_a_zone_of_a_small_cluster_is_lost():
    lost = unready(*((node, 0.0, 10 * HOUR) for node in range(11)))
    assert np.all(cluster(20, 20).tainted_at(lost) == NEVER)


def test_edge_23_other_zones_are_not_slowed():
    lost = unready(*((node, 0.0, 10 * HOUR) for node in range(11)), (25, 500.0, HOUR), (26, 500.0, HOUR))
    tainted = cluster(20, 20, 20).tainted_at(lost)
    assert tainted[11:].tolist() == [500.0, 500.0 + GAP]


def test_edge_23_nothing_is_evicted_while_no_node_at_all_is_ready():
    """Rather the network than all the nodes: nothing happens until one of them is back."""
    spans = [(node, 0.0, 3 * HOUR) for node in range(59)] + [(59, 0.0, HOUR)]
    tainted = cluster(20, 20, 20).tainted_at(unready(*spans))
    assert tainted.min() == HOUR and tainted[59] == NEVER


def test_edge_23_a_zone_that_is_gone_as_a_whole_is_given_up_at_the_usual_pace():
    """That is what spreading over zones is for; the others are ready, so it is not the network."""
    lost = unready(*((node, 0.0, 10 * HOUR) for node in range(4)))
    assert sorted(cluster(4, 4, 4).tainted_at(lost)) == [GAP * k for k in range(4)]


@pytest.mark.parametrize("zones", [(1, 1, 1), (3,)])
def test_fewer_than_three_nodes_are_never_most_of_a_zone(zones):
    lost = unready(*((node, 0.0, 10 * HOUR) for node in range(3 - len(zones) // 2 - 1)))
    assert np.all(np.isfinite(cluster(*zones).tainted_at(lost)))


def test_a_zone_goes_on_at_its_usual_pace_when_enough_nodes_are_back():
    spans = [(node, 0.0, 100.0) for node in range(8)] + [(node, 0.0, HOUR) for node in range(8, 12)]
    tainted = cluster(20).tainted_at(unready(*spans))
    assert tainted[8:].tolist() == [100.0, 110.0, 120.0, 130.0] and np.all(tainted[:8] == NEVER)


@pytest.mark.parametrize(("version", "grace"), [("1.31", 40.0), ("1.32", 50.0)])
def test_edge_22_the_grace_period_is_that_of_the_release(version, grace):
    entry = fleet(nodes=1)[0]
    entry["pools"] = [{**entry["pools"][0], "name": name} for name in ("a", "b", "c")]
    found = world(
        kubernetes={"version": version},
        fleet=[entry],
        services=[{"name": "web", "startup": "20s", "replicas": 3, "needs": 3}],
        faults=[power_cut("1h", "4h", when={"pool": "a"})],
    )
    assert down(found, "web") == [(0, HOUR, HOUR + grace + 300.0 + 20.0)]


def test_a_service_may_tolerate_less():
    found = world(
        fleet=[{"name": "prod", "pools": [{**fleet(nodes=4)[0]["pools"][0], "rackSize": 1}]}],
        services=[{"name": "web", "startup": "20s", "replicas": 4, "needs": 4, "toleration": "30s"}],
        faults=[power_cut("1h", "4h", when={"rack": "rack-0"})],
    )
    assert down(found, "web") == [(0, HOUR, HOUR + 30.0 + 20.0)]


def test_lost_pods_are_not_made_anew_without_a_control_plane():
    """The node dies at one; the API is away from half past twelve to three, and knows of it only then."""
    pools = [{**fleet(nodes=4)[0]["pools"][0], "rackSize": 1}]
    found = world(
        fleet=[{"name": "prod", "pools": pools}],
        services=[{"name": "web", "startup": "20s", "replicas": 4, "needs": 4}],
        faults=[
            power_cut("1h", "6h", when={"rack": "rack-0"}),
            {"name": "away", "trigger": {"at": "30m"}, "lasts": "150m", **breaks("api")},
        ],
    )
    assert down(found, "web") == [(0, HOUR, 3 * HOUR + 300.0 + 20.0)]


def test_a_replica_of_a_statefulset_waits_for_its_node():
    pools = [{**fleet(nodes=4)[0]["pools"][0], "rackSize": 1}]
    found = world(
        fleet=[{"name": "prod", "pools": pools}],
        services=[{"name": "db", "replicas": 3, "needs": 3, "workload": "statefulset"}],
        faults=[power_cut("1h", "4h", when={"rack": "rack-0"})],
    )
    assert down(found, "db") == [(0, HOUR, 5 * HOUR + BOOT)]
