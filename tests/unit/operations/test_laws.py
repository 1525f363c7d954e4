"""Laws: what may never get worse when something gets better, and what may not change at all.

Keyed randomness makes these hold run by run, not only on average.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.worlds import (
    alert,
    applied,
    bad_node_hours,
    breaks,
    config,
    fleet,
    image,
    power_cut,
    said,
    talos,
    world,
)

SEEDS = range(1, 5)
FLUX = {"engine": "flux"}
law = settings(max_examples=10, deadline=None)


def _canary(seed: int, bake: int, **more):
    entries = [
        {**fleet(nodes=5)[0], "name": name, "environment": name, "clusters": size}
        for name, size in (("staging", 1), ("prod", 6))
    ]
    stages = [
        {"select": {"environment": "staging"}, "bake": f"{bake}m"},
        {"select": {"environment": "prod"}, "over": "1h"},
    ]
    gate = {"gate": more.pop("gate")} if "gate" in more else {}
    defect = breaks(
        "kubelet",
        trigger={"after": {"uniform": {"low": "5m", "high": "3h"}, "level": "perEntity"}},
        clearedBy=["revert"],
    )
    return world(
        seed,
        fleet=entries,
        gitops=FLUX,
        horizon="2d",
        changes=[
            {
                "name": "bad",
                "kind": "config",
                "at": "1h",
                "defect": defect,
                "rollout": {"stages": stages, **gate},
            }
        ],
        **more,
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_more_bake_time_never_raises_exposure_with_a_gate(seed):
    hours = [
        bad_node_hours(_canary(seed, bake, gate={"badNodes": 0, "action": "abort"})) for bake in (1, 10, 30, 60, 180)
    ]
    assert (np.diff(hours) <= 1e-9).all() and hours[0] > hours[-1]


@pytest.mark.parametrize("seed", SEEDS)
def test_more_bake_time_never_raises_exposure_with_somebody_on_call(seed):
    def hours(bake):
        return bad_node_hours(_canary(seed, bake, alerts=[alert({"nodes": "bad"})], remedies=[{"name": "revert"}]))

    found = [hours(bake) for bake in (1, 60, 180, 600)]
    assert (np.diff(found) <= 1e-9).all() and found[0] > found[-1]


@law
@given(seed=st.integers(1, 1000), nodes=st.integers(2, 12), failures=st.booleans())
def test_fewer_places_never_raise_the_most_nodes_out_at_once(seed, nodes, failures):
    os = talos(reboot={"uniform": {"low": "60s", "high": "20m"}}, upgrade={"onFailure": "continue"})
    faults = [power_cut("6m", "10m", probability=0.3)] if failures else []

    def most(places):
        found = world(seed, fleet=fleet(os, nodes=nodes), changes=[image(maxUnavailable=places)], faults=faults)
        agenda = found.nodes.agenda
        rows = np.flatnonzero(agenda.owner == 0)
        own = agenda.spans(~np.isin(np.arange(13), (0, 1, 4)), rows)  # not while an image is fetched
        return own.most(1.0, found.horizon)[0]

    found = [most(places) for places in (1, 2, 3, 6, 12)]
    assert (np.diff(found) >= 0).all() and all(m <= p for m, p in zip(found, (1, 2, 3, 6, 12), strict=True))


@law
@given(seed=st.integers(1, 1000), begin=st.integers(0, 7200), lasts=st.integers(60, 7200))
def test_a_longer_for_never_detects_earlier(seed, begin, lasts):
    def fires(minutes):
        found = world(
            seed,
            fleet=fleet(nodes=3),
            alerts=[alert({"nodes": "bad"}, **{"for": f"{minutes}m"})],
            remedies=[],
            faults=[{"name": "sick", "trigger": {"at": f"{begin}s"}, "lasts": f"{lasts}s", **breaks("kubelet")}],
        )
        return found.incidents[0].detected_at if found.incidents else np.inf

    times = [fires(minutes) for minutes in (0, 1, 2, 5, 30)]
    assert all(a <= b for a, b in zip(times, times[1:], strict=False))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_revert_that_is_decided_earlier_never_costs_more(seed):
    def hours(minutes):
        found = world(
            seed,
            fleet=fleet(nodes=4, clusters=30),
            gitops=FLUX,
            alerts=[alert({"nodes": "bad"})],
            onCall={"acknowledge": "1m", "diagnosis": "1m", "decision": f"{minutes}m"},
            remedies=[{"name": "revert"}],
            changes=[config(at="1h", over="2h", defect=breaks("kubelet", clearedBy=["revert"]))],
        )
        assert len(said(found, "revert merged")) == 1
        return bad_node_hours(found)

    found = [hours(minutes) for minutes in (1, 10, 30, 90, 300)]
    assert (np.diff(found) >= -1e-9).all() and found[0] < found[-1]


# --- keyed randomness -------------------------------------------------------------------------------------


def _draws(found) -> tuple:
    """What a run has drawn for a change, its nodes, its cluster and its people."""
    agenda = found.nodes.agenda
    mine = np.flatnonzero(agenda.owner == 0)
    return (
        applied(found, 1).tolist(),
        agenda.times[mine].tolist(),
        found.conditions[0].nodes.tolist(),
        [(i.alert, i.acknowledged_at, i.decided_at) for i in found.incidents if i.alert == "alarm"],
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_an_unrelated_change_or_fault_leaves_every_other_draw_alone(seed):
    os = {"name": "talos"}
    spec = {
        "fleet": fleet(os, nodes=6, clusters=3),
        "alerts": [alert({"nodes": "bad"})],
        "remedies": [{"name": "revert"}],
        "changes": [
            image(defect=breaks("kubelet", probability=0.5), select={"cluster": "prod-0"}),
            config("conf", at="5h"),
        ],
    }
    elsewhere = {"cluster": "prod-2"}
    more = {
        **spec,
        "changes": [
            *spec["changes"],
            config("late", at="7h", select=elsewhere, defect=breaks("dns", when=elsewhere)),
            image("v3", at="9h", select=elsewhere),
        ],
        "services": [{"name": "shop", "select": elsewhere}],
        "faults": [
            {
                "name": "noise",
                "trigger": {"rate": "5/d"},
                "lasts": "1m",
                "when": elsewhere,
                **breaks("scheduler"),
            }
        ],
    }
    assert _draws(world(seed, **spec)) == _draws(world(seed, **more))


def test_another_seed_gives_other_draws_and_the_same_seed_the_same():
    spec = {
        "fleet": fleet({"name": "talos"}, nodes=4),
        "changes": [image(), config("conf", at="5h")],
        "faults": [{"name": "noise", "trigger": {"rate": "5/d"}, "lasts": "1m", **breaks("kubelet")}],
    }
    assert _draws(world(3, **spec)) == _draws(world(3, **spec)) != _draws(world(4, **spec))


def test_a_longer_horizon_begins_with_the_same_run():
    """Failures are keyed by their order, so a longer run has the shorter one as its beginning."""
    spec = {
        "fleet": fleet(nodes=50),
        "faults": [{"name": "hardware", "trigger": {"rate": "1/d"}, "lasts": "2h", **breaks("boot.firmware")}],
    }
    short, long = (
        world(2, horizon=horizon, **spec).nodes.out_of_service().clip(0.0, 86400.0) for horizon in ("1d", "3d")
    )
    np.testing.assert_allclose(short.begin, long.begin)
    np.testing.assert_array_equal(short.entity, long.entity)
