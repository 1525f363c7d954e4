"""Faults with a common cause: what has a rack, a zone or a region in common goes down at once."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import InvalidScenario
from tests.unit.worlds import DAY, HOUR, breaks, down, fleet, said, scenario, talos, world


def pools(nodes: int = 12, **more) -> list[dict]:
    return [{"name": "workers", "nodes": nodes, "os": talos(), **more}]


def struck(found) -> list[set[int]]:
    """The nodes that each strike of the first fault hit, by time."""
    died = found.nodes_bad()
    times = np.unique(died.begin)
    return [set(died.entity[died.begin == at].tolist()) for at in times]


def failing(together: str, rate: str = "6/d", **entry):
    fault = {"name": "gone", "trigger": {"rate": rate}, "together": together, "lasts": "1m", **breaks("boot.firmware")}
    return world(fleet=[{"name": "prod", "pools": pools(**entry.pop("pools", {})), **entry}], faults=[fault])


def test_nodes_are_spread_over_zones_one_after_the_other_and_stand_in_racks():
    found = world(fleet=[{"name": "prod", "pools": pools(8, zones=["a", "b"], rackSize=2)}])
    assert found.layout.column("zone").tolist() == list("abababab")
    assert found.layout.column("rack").tolist() == ["rack-0"] * 4 + ["rack-1"] * 4


def test_a_rack_goes_down_as_one():
    found = failing("rack", pools={"rackSize": 4})
    racks = [{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9, 10, 11}]
    assert len(struck(found)) > 3 and all(hit in racks for hit in struck(found))


def test_racks_of_two_clusters_are_different_racks():
    found = failing("rack", clusters=3, pools={"rackSize": 12})
    assert {tuple(sorted({n // 12 for n in hit})) for hit in struck(found)} == {(0,), (1,), (2,)}


def test_a_zone_goes_down_as_one_in_all_clusters_of_its_region():
    found = failing("zone", clusters=2, pools={"zones": ["a", "b"]})
    even, odd = set(range(0, 24, 2)), set(range(1, 24, 2))
    assert all(hit in (even, odd) for hit in struck(found)) and len(struck(found)) > 2


def test_a_rate_is_for_each_of_what_fails_together():
    """30 days, 20 racks, one failure of a rack a day each: 600 strikes, within four standard deviations."""
    fault = {
        "name": "gone",
        "trigger": {"rate": "1/d"},
        "together": "rack",
        "lasts": "1s",
        **breaks("network"),
    }
    found = world(horizon="30d", fleet=[{"name": "prod", "pools": pools(100, rackSize=5)}], faults=[fault])
    assert abs(len(said(found, "fault")) - 600) < 4 * np.sqrt(600)
    assert {entry.count for entry in said(found, "fault")} == {5}


def test_clusters_of_a_region_lose_what_they_share():
    entries = [{**fleet(clusters=3)[0], "name": name, "region": name} for name in ("eu", "us")]
    fault = {"name": "gone", "trigger": {"rate": "2/d"}, "together": "region", "lasts": "1m", **breaks("api")}
    found = world(fleet=entries, faults=[fault])
    begins = np.array([(begin, cluster // 3) for cluster, begin, _ in down(found, "api")])
    assert len(begins) >= 3 and all(len(set(begins[begins[:, 0] == at][:, 1])) == 1 for at in begins[:, 0])
    assert all((begins[:, 0] == at).sum() == 3 for at in begins[:, 0])


def test_a_clock_that_is_wrong_makes_a_node_not_ready():
    fault = {"name": "drifts", "trigger": {"at": "1h"}, "lasts": "1h", **breaks("clock")}
    found = world(fleet=fleet(nodes=2), faults=[fault])
    assert found.nodes_bad().seconds(2, DAY).tolist() == [HOUR, HOUR]


def test_credentials_live_on_in_a_cache_until_they_time_out():
    """Who has logged in stays so for up to an hour after the identity provider has gone."""
    fault = {"name": "sso", "trigger": {"at": "1h"}, "lasts": "5h", **breaks("identity")}
    needs = [{"name": "access", "requires": [{"component": "identity", "cache": "1h"}]}]
    found = world(fleet=fleet(clusters=30), components=needs, faults=[fault])
    assert all(HOUR < begin < 2 * HOUR and end == 6 * HOUR for _, begin, end in down(found, "access"))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            {"faults": [{"name": "x", "trigger": {"age": "90d"}, **breaks("api")}]},
            "no cluster comes to this age: within the horizon of 1d none does",
        ),
        (
            {"faults": [{"name": "x", "trigger": {"age": "90d", "at": "1h"}, **breaks("api")}]},
            "a fault bites at a time, at a rate or at an age, not at at and age",
        ),
        ({"faults": [{"name": "x", "trigger": {"at": "1h"}, "lasts": "1h"}]}, "write impairs or loads"),
    ],
)
def test_mistakes(spec, message):
    with pytest.raises(InvalidScenario, match=message):
        scenario(fleet=fleet(), **spec)


def test_a_zone_that_no_node_is_in_is_a_mistake():
    fault = {"name": "x", "trigger": {"at": "1h"}, "when": {"zone": "c"}, **breaks("network")}
    with pytest.raises(InvalidScenario, match="no node is in the zone c; zone is a or b"):
        scenario(fleet=[{"name": "prod", "pools": pools(8, zones=["a", "b"])}], faults=[fault])


def test_a_rack_that_is_nowhere_declared_is_a_mistake():
    fault = {"name": "x", "trigger": {"rate": "1/y"}, "together": "rack", **breaks("network")}
    with pytest.raises(InvalidScenario, match="no pool has racks"):
        scenario(fleet=fleet(nodes=4), faults=[fault])
