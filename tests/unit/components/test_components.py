"""Components: requirements, caches, what is shared by all; conditions with their clocks and odds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tests.unit.worlds import (
    BOOT,
    DAY,
    HOUR,
    MINUTE,
    applied,
    breaks,
    config,
    down,
    fleet,
    out,
    spans,
    state,
    world,
)

MANY = 800


def fault(component: str, at: str = "1h", lasts: str = "1h", **more) -> dict:
    """A component is down for a while."""
    return {"name": "fault", "trigger": {"at": at}, "lasts": lasts, **breaks(component), **more}


def web(**need) -> list[dict]:
    """A service that needs DNS in some way."""
    return [{"name": "web", "requires": [{"component": "dns", **need}]}]


def degraded(found, component: str) -> list[tuple[int, float, float]]:
    """When a component was down or degraded."""
    return spans(found.components.impaired(component))


# --- requirements -----------------------------------------------------------------------------------------


def test_a_hard_need_takes_down():
    found = world(fleet=fleet(), services=web(), faults=[fault("dns")])
    assert down(found, "web") == degraded(found, "web") == [(0, HOUR, 2 * HOUR)]


def test_a_soft_need_degrades():
    found = world(fleet=fleet(), services=web(policy="soft"), faults=[fault("dns")])
    assert down(found, "web") == [] and degraded(found, "web") == [(0, HOUR, 2 * HOUR)]


def test_a_need_that_fails_open_does_nothing():
    found = world(fleet=fleet(), services=web(fail="open"), faults=[fault("dns")])
    assert down(found, "web") == degraded(found, "web") == []


def test_a_degraded_need_degrades_and_does_not_take_down():
    found = world(fleet=fleet(), services=web(), faults=[fault("dns", **breaks("dns", to="degraded"))])
    assert down(found, "web") == [] and degraded(found, "web") == [(0, HOUR, 2 * HOUR)]


def test_needs_go_through_components_of_ones_own():
    chain = [{"name": "mesh", "requires": [{"component": "dns"}]}]
    found = world(
        fleet=fleet(),
        components=chain,
        faults=[fault("dns")],
        services=[{"name": "web", "requires": [{"component": "mesh"}]}],
    )
    assert down(found, "web") == [(0, HOUR, 2 * HOUR)]


def test_what_waits_for_two_needs_waits_for_the_last():
    found = world(
        fleet=fleet(clusters=2),
        faults=[
            fault("dns"),
            {**fault("git", at="90m", lasts="2h"), "name": "other", "when": {"cluster": "prod-0"}},
        ],
    )
    times, waited = found.components.up_from(["dns", "git"], np.array([0, 1]), np.array([HOUR, HOUR]))
    assert times.tolist() == [3.5 * HOUR, 3.5 * HOUR] and waited.tolist() == [1, 1]


# --- caches -----------------------------------------------------------------------------------------------


def test_a_cache_hides_a_loss_for_a_uniform_share_of_its_lifetime():
    """The age of what is cached is uniform; repair shows at once."""
    found = world(fleet=fleet(clusters=MANY), services=web(cache="20m"), faults=[fault("dns", lasts="2h")])
    hits = spans(found.components.down("web"))
    assert len(hits) == MANY and {end for *_, end in hits} == {3 * HOUR}
    hidden = (np.array([begin for _, begin, _ in hits]) - HOUR) / (20 * MINUTE)
    assert stats.kstest(hidden, "uniform").pvalue > 0.01


def test_a_short_loss_is_seen_only_where_the_cache_was_old():
    found = world(fleet=fleet(clusters=MANY), services=web(cache="20m"), faults=[fault("dns", lasts="5m")])
    seen = len(spans(found.components.down("web"))) / MANY
    assert abs(seen - 5 / 20) < 3 * np.sqrt(0.25 * 0.75 / MANY)


def test_the_cache_is_the_same_whatever_else_happens():
    calm = world(fleet=fleet(clusters=20), services=web(cache="20m"), faults=[fault("dns")])
    busy = world(
        fleet=fleet(clusters=20),
        services=web(cache="20m"),
        faults=[fault("dns"), {**fault("git"), "name": "other"}],
        changes=[config(at="30m")],
    )
    assert down(calm, "web") == down(busy, "web")


# --- conditions -------------------------------------------------------------------------------------------


def test_a_global_condition_is_the_same_everywhere_and_comes_once():
    found = world(fleet=fleet(clusters=3), faults=[fault("git")])
    assert down(found, "git") == [(c, HOUR, 2 * HOUR) for c in range(3)]


def test_the_rate_of_a_shared_component_is_not_multiplied_by_the_clusters():
    found = world(
        horizon="100d",
        fleet=fleet(clusters=50),
        faults=[{"name": "git", "trigger": {"rate": "1/d"}, "lasts": "1m", **breaks("git")}],
    )
    outages = len(found.conditions[0].on_all.intervals())
    assert abs(outages - 100) < 4 * np.sqrt(100)


def test_the_probability_of_a_shared_component_is_one_draw():
    hit = sum(
        bool(down(world(seed, fleet=fleet(clusters=5), faults=[fault("git", probability=0.5)]), "git"))
        for seed in range(1, 61)
    )
    assert 15 <= hit <= 45


def test_probability_is_drawn_for_each_target():
    found = world(fleet=fleet(clusters=MANY), faults=[fault("dns", probability="30%")])
    share = len(down(found, "dns")) / MANY
    assert abs(share - 0.3) < 4 * np.sqrt(0.3 * 0.7 / MANY)
    nodes = world(fleet=fleet(nodes=MANY), changes=[config(defect=breaks("kubelet", probability="30%"))])
    share = len(out(nodes)) / MANY
    assert abs(share - 0.3) < 4 * np.sqrt(0.3 * 0.7 / MANY)


def test_after_delays_the_bite():
    found = world(fleet=fleet(), changes=[config(defect=breaks("kubelet", trigger={"after": "3h"}))])
    assert out(found) == [(0, applied(found)[0] + 3 * HOUR, np.inf)]


def test_lasts_ends_it_by_itself():
    found = world(fleet=fleet(), changes=[config(defect=breaks("kubelet", lasts="2h"))])
    at = applied(found)[0]
    assert out(found) == [(0, at, at + 2 * HOUR)]


def test_when_chooses_the_targets():
    entries = fleet(nodes=2) + [{**fleet(nodes=2)[0], "name": "test", "environment": "test"}]
    found = world(fleet=entries, changes=[config(defect=breaks("kubelet", when={"environment": "test"}))])
    assert [node for node, *_ in out(found)] == [2, 3]


def test_a_fault_comes_again_and_again():
    found = world(fleet=fleet(), faults=[fault("dns", at="1h", lasts="10m", trigger={"at": "1h", "every": "6h"})])
    assert [begin for _, begin, _ in down(found, "dns")] == [HOUR, 7 * HOUR, 13 * HOUR, 19 * HOUR]


def test_the_network_of_a_node_keeps_the_revert_out():
    """What needs the network it should repair never comes."""
    found = world(
        fleet=fleet(),
        onCall={"acknowledge": "1m", "diagnosis": "1m", "decision": "1m"},
        alerts=[{"name": "bad", "expr": {"nodes": "bad"}}],
        changes=[config(defect=breaks("network", clearedBy=["revert"]))],
    )
    assert spans(found.nodes_bad()) == [(0, applied(found)[0], np.inf)]


def test_a_machine_that_dies_takes_no_configuration_until_it_is_back():
    found = world(
        fleet=fleet(),
        changes=[config(at="90m", defect=breaks("kubelet"))],
        faults=[fault("boot.firmware", lasts="2h")],
    )
    assert spans(found.nodes_impaired()) == [(0, 3 * HOUR + 100.0, np.inf)]


def test_a_configuration_reaches_a_node_that_is_repaired_with_an_update_waiting():
    """Plans that follow the repair do not hide it."""
    found = world(
        fleet=fleet(),
        changes=[{"name": "v2", "kind": "os-image", "at": "70m"}, config(at="90m", defect=breaks("kubelet"))],
        faults=[fault("boot.firmware", lasts="2h")],
    )
    assert state(found, 0, DAY - 1) == "READY"
    assert [begin for _, begin, _ in spans(found.nodes_impaired())] == [3 * HOUR + 100.0]


# --- etcd -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "cut", "lost"),
    [(1, 1, True), (2, 1, True), (3, 1, False), (3, 2, True), (4, 2, True), (5, 2, False), (5, 3, True)],
)
def test_quorum_is_more_than_half(members, cut, lost):
    entry = fleet(nodes=0, control_plane=members)[0]
    pool = entry["pools"][0]
    entry["pools"] = [{**pool, "name": "cut", "nodes": cut}]
    entry["pools"] += [{**pool, "name": "rest", "nodes": members - cut}] if members > cut else []
    found = world(fleet=[entry], faults=[fault("boot.firmware", when={"pool": "cut"})])
    spans_down = down(found, "api")
    assert [(cluster, begin) for cluster, begin, _ in spans_down] == ([(0, HOUR)] if lost else [])
    assert all(0.0 < end - (2 * HOUR + BOOT) < 2.0 for *_, end in spans_down)  # a leader is elected first
