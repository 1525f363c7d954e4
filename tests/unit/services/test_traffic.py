"""Traffic: where users go, what too much does, and what comes back at once."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.worlds import HOUR, breaks, down, fleet, spans, world

DAY_S = 86400.0


def web(replicas: int = 6, needs: int = 1, **traffic) -> dict:
    """A service with 100 requests per second for each replica; 420 come from each region's users."""
    return {
        "name": "web",
        "replicas": replicas,
        "needs": needs,
        "traffic": {"demand": 420, "capacity": 100, "failover": "any", **traffic},
    }


def regions(*names: str, clusters: int = 1) -> list[dict]:
    return [{**fleet(nodes=6, clusters=clusters)[0], "name": name, "region": name} for name in names]


def outage(region: str = "eu", at: str = "1h", lasts: str = "30m") -> dict:
    return {
        "name": f"fibre-{region}",
        "trigger": {"at": at},
        "when": {"region": region},
        "lasts": lasts,
        **breaks("web"),
    }


def run(service: dict, *faults: dict, entries: list | None = None):
    return world(fleet=entries or regions("eu", "us", "asia"), services=[service], faults=list(faults) or [outage()])


def story(found):
    return found.kubernetes.traffic["web"].story()


def degraded(found) -> list[tuple[int, float, float]]:
    both = found.components.impaired("web").minus(found.components.down("web"))
    return spans(both.clip(0.0, found.horizon))


def test_users_of_a_lost_region_go_to_the_survivors_and_are_served_if_there_is_room():
    """1,260 requests for twice 700."""
    found = run(web(replicas=7))
    assert down(found, "web") == [(0, HOUR, 1.5 * HOUR)] and degraded(found) == []
    assert story(found).unserved.tolist() == [0.0, 0.0, 0.0]


def test_without_failover_they_are_lost():
    found = run(web(replicas=7, failover="none"))
    assert story(found).unserved.tolist() == [1800.0, 0.0, 0.0] and degraded(found) == []


def test_failover_may_stay_in_the_region():
    entries = [*regions("eu", clusters=2), *regions("us")]
    one = {"name": "one", "trigger": {"at": "1h"}, "when": {"cluster": "eu-0"}, "lasts": "30m", **breaks("web")}
    found = run(web(replicas=8, failover="region"), one, entries=entries)
    assert degraded(found) == [(1, HOUR, 1.5 * HOUR)]  # 840 for 800; the other region has room and is not asked
    np.testing.assert_allclose(story(found).unserved, [0.0, 1800.0 * 40 / 420, 0.0])


def test_what_is_too_much_is_turned_away():
    """1,260 for twice 600: 60 of them are not served, 30 in each surviving region."""
    found = run(web())
    assert degraded(found) == [(1, HOUR, 1.5 * HOUR), (2, HOUR, 1.5 * HOUR)]
    np.testing.assert_allclose(story(found).unserved, [0.0, 1800.0 * 30 / 420, 1800.0 * 30 / 420])


def test_repetitions_keep_an_overload_alive_after_its_cause_has_gone():
    """420 that come again after each failure are 840: more than 600, so it goes on for good."""
    found = run(web(retries=1))
    assert degraded(found) == [(1, HOUR, DAY_S), (2, HOUR, DAY_S)]
    modest = run(web(replicas=9, retries=1), outage("eu"), outage("us"))
    assert all(end == 1.5 * HOUR for _, _, end in degraded(modest))  # 840 fit into 900


def test_a_collapse_moves_the_load_on_and_takes_the_others_with_it():
    found = run(web(overload="collapses"))
    assert [(k, begin) for k, begin, _ in down(found, "web")] == [(0, HOUR), (1, HOUR), (2, HOUR)]


def test_with_room_for_the_loss_of_one_nothing_else_falls():
    found = run(web(replicas=7, overload="collapses"))
    assert down(found, "web") == [(0, HOUR, 1.5 * HOUR)]


def test_a_herd_undoes_a_recovery():
    """The region is well again after half an hour, and meets twice its usual demand at once."""
    alone = regions("eu")
    calm = run(web(overload="collapses"), entries=alone)
    assert down(calm, "web") == [(0, HOUR, 1.5 * HOUR)]
    stormy = run(web(overload="collapses", herd={"factor": 2, "lasts": "5m"}), entries=alone)
    assert down(stormy, "web") == [(0, HOUR, DAY_S)]


def test_letting_users_in_by_steps_prevents_the_relapse():
    alone = regions("eu")
    herd = {"factor": 2, "lasts": "5m"}
    found = run(web(overload="collapses", herd=herd, admission={"step": "25%", "every": "6m"}), entries=alone)
    assert down(found, "web") == [(0, HOUR, 1.5 * HOUR)]
    # A quarter at once, then a quarter more after each six minutes: 75, 50 and 25 % are turned away meanwhile.
    np.testing.assert_allclose(story(found).unserved, [1800.0 + 360.0 * 1.5])


def test_a_step_that_is_too_large_relapses_all_the_same():
    herd = {"factor": 2, "lasts": "30m"}
    found = run(web(overload="collapses", herd=herd, admission={"step": "50%", "every": "1m"}), entries=regions("eu"))
    assert down(found, "web")[-1][2] == DAY_S


def test_lost_replicas_serve_less():
    """Half of the nodes for an hour: 300 for 420 requests."""
    entry = regions("eu")[0]
    entry["pools"] = [{**entry["pools"][0], "rackSize": 3}]
    fault = {
        "name": "rack",
        "trigger": {"at": "1h"},
        "when": {"rack": "rack-0"},
        "lasts": "1m",
        **breaks("boot.firmware"),
    }
    found = run({**web(), "workload": "statefulset"}, fault, entries=[entry])
    begin, end = HOUR, HOUR + 60.0 + 120.0
    assert degraded(found) == [(0, begin, end)]
    np.testing.assert_allclose(story(found).unserved, [(end - begin) * 120 / 420])


@pytest.mark.parametrize("room", [5, 6, 7, 8, 9])
def test_more_replicas_never_serve_less(room):
    fewer, more = (run(web(replicas=n, overload="collapses", retries=1)) for n in (room, room + 1))
    assert story(more).unserved.sum() <= story(fewer).unserved.sum() + 1e-9
