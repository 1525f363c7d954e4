"""API servers and etcd: what they take, and what happens when it is too much or when members are missing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from simulator import InvalidScenario
from simulator.clusters.api_server import shares
from tests.unit.worlds import BOOT, DAY, HOUR, applied, config, down, fleet, power_cut, scenario, talos, world

SEATS = 600.0  # 400 for reading and 200 for writing
WORKLOADS = 100.0 / 245.0  # workload-low's share of all nominal shares
INSTANT = {"engine": "push", "pipeline": "0s", "apply": "0s"}


def asks(per_node: float, at: str = "1h", lasts: str = "1h", **load) -> dict:
    """A fault that asks the API so much for each node."""
    return {"name": "asks", "trigger": {"at": at}, "lasts": lasts, "loads": [{"perNode": per_node, **load}]}


def api(*faults: dict, component: str = "api", nodes: int = 10, servers: int = 1, **settings) -> list:
    found = world(
        fleet=fleet(nodes=nodes),
        kubernetes={"nodeMonitorGracePeriod": "0s", "apiServer": {"servers": servers, **settings}},
        faults=list(faults),
    )
    return down(found, component)


HIT = [(0, HOUR, 2 * HOUR)]


def test_the_shares_are_those_of_kubernetes():
    assert shares() == pytest.approx({"nodes": 40 / 245, "controllers": 40 / 245, "workloads": 100 / 245})


def test_without_fairness_whoever_asks_too_much_takes_the_api_from_everybody():
    assert api(asks(61.0), fairness=False) == HIT
    assert api(asks(59.0), fairness=False) == []


def test_with_fairness_it_is_gone_for_its_own_kind_only():
    much = SEATS * WORKLOADS / 10 + 1
    assert api(asks(much)) == []
    assert api(asks(much), component="api.workloads") == HIT
    assert api(asks(much), component="api.controllers") == []
    assert api(asks(much - 2), component="api.workloads") == []


def test_what_no_seat_bounds_brings_the_servers_down_all_the_same():
    assert api(asks(61.0, bounded=False)) == HIT


def test_loads_add_up():
    assert api(asks(40.0), {**asks(40.0, at="90m", lasts="10m"), "name": "too"}, fairness=False) == [
        (0, 1.5 * HOUR, 1.5 * HOUR + 600.0)
    ]


def test_the_load_grows_with_the_cluster():
    """The same agent in a small cluster and in a large one."""
    assert api(asks(7.0), nodes=80, fairness=False) == [] and api(asks(7.0), nodes=90, fairness=False) == HIT


def test_more_servers_take_more():
    assert api(asks(61.0), servers=3, fairness=False) == []


def test_a_server_that_is_out_takes_its_seats_with_it():
    """Three control planes stand 1,500 requests, two do not."""
    found = world(
        fleet=[
            {
                "name": "prod",
                "pools": [
                    {"name": "control", "role": "control-plane", "nodes": 3, "rackSize": 1, "os": talos()},
                    {"name": "workers", "nodes": 10, "os": talos()},
                ],
            }
        ],
        kubernetes={"nodeMonitorGracePeriod": "0s", "apiServer": {"fairness": False}},
        faults=[
            asks(1500.0 / 13, lasts="10h"),
            power_cut("2h", "1h", when={"role": "control-plane", "rack": "rack-0"}),
        ],
    )
    assert down(found, "api") == [(0, 2 * HOUR, 3 * HOUR + BOOT)]


def test_a_gitops_engine_is_a_workload_and_waits_when_workloads_are_turned_away():
    found = world(
        fleet=fleet(nodes=10),
        kubernetes={"apiServer": {"servers": 1}},
        gitops={"engine": "flux", "webhook": True, "fetch": "0s", "apply": "0s"},
        faults=[asks(50.0)],
        changes=[config(at="70m")],
    )
    assert applied(found).min() >= 2 * HOUR


def test_a_load_on_what_takes_any_load_is_a_mistake():
    with pytest.raises(InvalidScenario, match="'dns' takes any load: give it a capacity in spec.components"):
        scenario(fleet=fleet(), faults=[asks(1.0, component="dns")])


def test_a_component_with_a_capacity_is_down_while_it_is_asked_for_more():
    own = [{"name": "collector", "scope": "global", "capacity": 100}]
    faults = [asks(3.0, component="collector")]
    shared = world(fleet=fleet(nodes=10, clusters=4), components=own, faults=faults)
    assert down(shared, "collector") == [(k, HOUR, 2 * HOUR) for k in range(4)]
    each = [{**own[0], "scope": "cluster"}]
    assert down(world(fleet=fleet(nodes=10, clusters=4), components=each, faults=faults), "collector") == []


def test_a_degraded_component_takes_less():
    """40 % of 100 is less than 60."""
    weak = {
        "name": "weak",
        "trigger": {"at": "90m"},
        "lasts": "10m",
        "impairs": [{"component": "collector", "to": "degraded", "capacity": "40%"}],
    }
    own = [{"name": "collector", "capacity": 100}]
    found = world(fleet=fleet(nodes=10), components=own, faults=[asks(6.0, component="collector"), weak])
    assert down(found, "collector") == [(0, 1.5 * HOUR, 1.5 * HOUR + 600.0)]


def test_edge_44_caches_hide_a_loss_and_its_repair():
    """Names are cached for an hour; what was asked in vain stays unknown for up to half an hour more."""
    needs = {"component": "api", "cache": "1h", "denialCache": "30m"}
    away = {"name": "away", "trigger": {"at": "1h"}, "lasts": "3h", "impairs": [{"component": "api"}]}
    found = world(
        fleet=fleet(clusters=40),
        components=[{"name": "dns", "requires": [needs]}],
        faults=[away],
    )
    spans = down(found, "dns")
    assert all(HOUR < begin < 2 * HOUR and 4 * HOUR < end < 4.5 * HOUR for _, begin, end in spans) and len(spans) == 40
    short = world(
        fleet=fleet(clusters=40), components=[{"name": "dns", "requires": [needs]}], faults=[{**away, "lasts": "1s"}]
    )
    assert len(down(short, "dns")) < 3  # what nobody saw is not remembered


def test_edge_05_two_members_of_three_lost_lose_the_quorum_and_the_api():
    found = world(
        fleet=[
            {
                "name": "prod",
                "pools": [{"name": "control", "role": "control-plane", "nodes": 3, "rackSize": 1, "os": talos()}],
            }
        ],
        faults=[
            {**power_cut("1h", "5h", when={"rack": "rack-0"}), "name": "one"},
            {**power_cut("2h", "1h", when={"rack": "rack-1"}), "name": "two"},
        ],
    )
    ((cluster, begin, end),) = down(found, "etcd")
    assert down(found, "api") == [(cluster, begin, end)]
    assert (cluster, begin) == (0, 2 * HOUR)
    # A majority that is back has no leader yet.
    assert 0.0 < end - (3 * HOUR + BOOT) < 2.0


@pytest.mark.parametrize(
    ("members", "at_most"),  # P(round x place in it <= t): rounds of 1 to 2 s, and of 1 s for one that is alone
    [(3, lambda t: np.where(t < 1, t * np.log(2), t * np.log(2 / np.maximum(t, 1)) + t - 1)), (1, lambda t: t)],
)
def test_a_majority_that_is_back_elects_a_leader_before_it_takes_writes(members, at_most):
    pools = [{"name": "control", "role": "control-plane", "nodes": members, "os": talos()}]
    found = world(fleet=[{"name": "prod", "clusters": 400, "pools": pools}], faults=[power_cut("1h", "1h")])
    waits = np.array([end for _, _, end in down(found, "etcd")]) - (2 * HOUR + BOOT)
    assert len(waits) == 400
    assert kstest(waits, at_most).pvalue > 1e-3


def test_control_planes_that_are_hosted_elsewhere_are_down_when_their_host_is():
    parents = {"name": "parents", "pools": [{"name": "workers", "nodes": 3, "os": talos()}], "clusters": 2}
    children = {**fleet(clusters=5)[0], "hostedBy": {"fleet": "parents", "service": "control-planes"}}
    found = world(
        fleet=[parents, children],
        services=[{"name": "control-planes", "select": {"fleet": "parents"}, "replicas": 3, "needs": 2}],
        faults=[power_cut("1h", "1h", when={"cluster": "parents-1"})],
    )
    # Children 1 and 3 of five (clusters 3 and 5) are hosted by the second parent.
    assert down(found, "api") == [(k, HOUR, 2 * HOUR + BOOT) for k in (3, 5)]


def test_an_alert_sees_control_planes_that_are_down_with_their_host():
    """Nothing happens in the clusters of the children: what they stand on is elsewhere."""
    parents = {"name": "parents", "pools": [{"name": "workers", "nodes": 3, "os": talos()}]}
    children = {**fleet(clusters=2)[0], "name": "child", "hostedBy": {"fleet": "parents", "service": "control-planes"}}
    found = world(
        fleet=[parents, children],
        services=[{"name": "control-planes", "select": {"fleet": "parents"}, "replicas": 3, "needs": 2}],
        faults=[power_cut("1h", "1h", when={"fleet": "parents"})],
        alerts=[{"name": "api-down", "expr": {"component": "api", "select": {"fleet": "child"}}}],
    )
    (incident,) = found.incidents
    assert incident.began_at == HOUR and HOUR < incident.detected_at <= HOUR + 120.0


def test_edge_46_a_certificate_of_the_fleet_expires_on_one_day_in_all_clusters_of_an_age():
    """Nothing random about it."""
    old = {**fleet(clusters=3)[0], "age": "364d"}
    young = {**fleet(clusters=2)[0], "name": "young", "age": "10d"}
    expires = {"name": "expired", "trigger": {"age": "365d"}, "impairs": [{"component": "api"}], "clearedBy": ["hands"]}
    found = world(horizon="2d", fleet=[old, young], faults=[expires])
    assert down(found, "api") == [(k, DAY, 2 * DAY) for k in range(3)]
