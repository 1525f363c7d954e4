"""Laws: what may never get worse when something gets better, and what may not change at all.

Keyed randomness makes these hold run by run, not only on average.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.run.levers import BY_PEOPLE
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


# --- people and their runbook -----------------------------------------------------------------------------

hours = st.floats(0.2, 20.0).map(lambda h: f"{h * 60:.0f}m")


def _sick(name: str, component: str, at: str, lasts: str | None = None, **more) -> dict:
    end = {"lasts": lasts} if lasts else {}
    return {"name": name, "trigger": {"at": at}, **end, **breaks(component, **more)}


def _asks(name: str, component: str, at: str, lasts: str) -> dict:
    """Two nodes at least ask of a component what it can't take: no seat bounds it, the share of workloads is 735 where
    there are three servers, and a vault takes 100."""
    bounded = {"perNode": 1000} if component == "api.workloads" else {"perNode": 2000, "bounded": False}
    load = {"component": "vault", "perNode": 90} if component == "vault" else bounded
    return {"name": name, "trigger": {"at": at}, "lasts": lasts, "loads": [load]}


@st.composite
def _runbook(draw):
    """A remedy with prerequisites that are down now and then, for what has befallen nodes or a component."""
    component, kind = draw(
        st.sampled_from([("disk", "hands"), ("disk", "replace"), ("network", "reboot"), ("dns", "restore")])
    )
    known = ["git", "api", "access", "registry", "identity", "api.workloads", "vault", "web"]
    requires = draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
    outages = [
        (_asks if name in ("api", "api.workloads", "vault") and draw(st.booleans()) else _sick)(
            f"{name}-{k}", name, draw(hours), draw(hours)
        )
        for name in requires
        for k in range(draw(st.integers(0, 3)))
    ]
    remedy = {"name": kind, "duration": draw(hours), "requires": requires, "parallel": draw(st.integers(1, 4))}
    control = draw(st.sampled_from([0, 1, 3]))
    orders = [None, [{"cluster": "prod-1"}, {"role": "worker"}], *([[{"role": "control-plane"}]] if control else [])]
    order = draw(st.sampled_from(orders))
    return {
        "fleet": fleet(nodes=2, clusters=2, control_plane=control),
        "alerts": [alert({"nodes": "bad"}, name="bad"), alert({"component": "dns"}, name="dns")],
        "faults": [_sick("trouble", component, draw(hours), clearedBy=[kind]), *outages],
        "remedies": [remedy | ({"order": order} if order else {})],
        "components": [{"name": "vault", "requires": [{"component": "identity"}], "capacity": 100}],
        "services": [{"name": "web", "replicas": 2, "needs": 2, "requires": [{"component": "registry"}]}],
        "horizon": "3d",
    }


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(1, 1000), spec=_runbook())
def test_a_remedy_never_starts_without_its_prerequisites(seed, spec):
    """Somewhere at least, where it acts, all of them are up."""
    found = world(seed, **spec)
    for attempt in (a for i in found.incidents for a in i.attempts if np.isfinite(a.started_at)):
        clusters = np.arange(found.layout.clusters)
        at = np.full(len(clusters), attempt.started_at)
        up = ~np.any([found.components.down(name).covers(clusters, at) for name in spec["remedies"][0]["requires"]], 0)
        assert up.any(), attempt
        assert up[found.layout.cluster[attempt.nodes]].all() or spec["remedies"][0].get("order"), attempt


@pytest.mark.parametrize("name", ["api", "api.workloads", "vault", "identity"])
def test_a_remedy_waits_for_what_is_asked_for_too_much(name):
    """The prerequisite is away from half an hour on, for ten hours: by a load, but for the identity of the vault."""
    spec = {
        "fleet": fleet(nodes=2, clusters=2, control_plane=1),
        "components": [{"name": "vault", "requires": [{"component": "identity"}], "capacity": 100}],
        "alerts": [alert({"component": "dns"})],
        "remedies": [{"name": "restore", "duration": "10m", "requires": ["vault" if name == "identity" else name]}],
    }
    trouble = _sick("trouble", "dns", "1h", clearedBy=["restore"])
    away = (_sick if name == "identity" else _asks)("away", name, "30m", "10h")
    begun = [
        [
            a.started_at
            for i in world(1, **spec, faults=faults).incidents
            for a in i.attempts
            if np.isfinite(a.started_at)
        ]
        for faults in ([trouble], [trouble, away])
    ]
    assert max(begun[0]) < 3 * 3600.0 and min(begun[1]) >= 10.5 * 3600.0


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(1, 1000),
    parallel=st.integers(1, 6),
    kind=st.sampled_from(["hands", "replace", "reboot"]),
    noise=st.lists(st.tuples(hours, hours), max_size=2),
)
def test_no_node_of_a_tier_is_touched_before_the_tier_before_it_is_back(seed, parallel, kind, noise):
    component = "network" if kind == "reboot" else "disk"
    found = world(
        seed,
        fleet=fleet(nodes=4, clusters=2, control_plane=3),
        alerts=[alert({"nodes": "bad"})],
        faults=[
            _sick("trouble", component, "1h", clearedBy=[kind], probability=0.7),
            *(_sick(f"noise-{k}", "kubelet", at, lasts, probability=0.3) for k, (at, lasts) in enumerate(noise)),
        ],
        remedies=[{"name": kind, "parallel": parallel, "order": [{"role": "control-plane"}]}],
        horizon="3d",
    )
    agenda, first, bad = found.nodes.agenda, found.layout.control_plane, found.nodes_bad()
    begun = [e.at for e in said(found, "tier begun") if e.note.endswith("the rest")]
    for incident in found.incidents:
        for attempt in (a for a in incident.attempts if a.remedy == kind):
            mine, others = attempt.nodes[first[attempt.nodes]], attempt.nodes[~first[attempt.nodes]]
            rows = np.flatnonzero((agenda.owner == BY_PEOPLE) & np.isin(agenda.entity, others))
            touched = agenda.begins[rows][agenda.begins[rows] >= attempt.started_at]
            if mine.size and touched.size:
                since = max(at for at in begun if at <= touched.min())
                assert since >= attempt.started_at and not bad.covers(mine, np.full(len(mine), since)).any()


@law
@given(
    seed=st.integers(1, 1000),
    nodes=st.integers(2, 30),
    quota=st.integers(0, 30),
    parallel=st.integers(1, 10),
    after=st.integers(1, 900),
)
def test_a_quota_is_never_exceeded_before_it_is_raised(seed, nodes, quota, parallel, after):
    found = world(
        seed,
        fleet=fleet(nodes=nodes),
        alerts=[alert({"nodes": "bad"})],
        faults=[_sick("trouble", "disk", "1h", clearedBy=["replace"])],
        remedies=[{"name": "replace", "parallel": parallel, "quota": {"nodes": quota, "raisedAfter": f"{after}m"}}],
        horizon="3d",
    )
    waits = said(found, "remedy waits")
    agenda = found.nodes.agenda
    ordered = np.sort(agenda.begins[np.flatnonzero(agenda.owner == BY_PEOPLE)])
    assert len(waits) == (quota < nodes)
    if waits:
        assert (ordered < waits[0].until).sum() <= quota
        assert waits[0].until == waits[0].at + 60.0 * after


@law
@given(seed=st.integers(1, 1000), people=st.integers(1, 3), starts=st.lists(hours, min_size=3, max_size=5))
def test_no_more_incidents_are_worked_on_at_once_than_there_are_people(seed, people, starts):
    names = ("dns", "scheduler", "admission", "registry", "telemetry")[: len(starts)]
    found = world(
        seed,
        fleet=fleet(),
        alerts=[alert({"component": name}, name=name) for name in names],
        faults=[_sick(name, name, at, clearedBy=["restore"]) for name, at in zip(names, starts, strict=True)],
        remedies=[{"name": "restore"}],
        onCall={"people": people},
        horizon="7d",
    )
    worked = [(i.acknowledged_at, i.recovered_at) for i in found.incidents if np.isfinite(i.acknowledged_at)]
    assert len(worked) == len(starts)
    for begin, _ in worked:
        assert sum(b <= begin < e for b, e in worked) <= people


@law
@given(seed=st.integers(1, 1000), at=hours, off=st.integers(1, 600), per_page=st.sampled_from(["0%", "30%"]))
def test_off_hours_nobody_is_faster_than_in_hours(seed, at, off, per_page):
    """The same draw, in hours and out of them; whatever is declared."""

    def acknowledged(**people):
        found = world(
            seed,
            fleet=fleet(),
            alerts=[alert({"component": "dns"})],
            faults=[_sick("trouble", "dns", at, "3d")],
            onCall={"fatigue": {"perPage": per_page}, **people},
            horizon="3d",
        )
        return found.incidents[0].acknowledged_at

    assert acknowledged(workingHours={}, offHours=f"{off}m") >= acknowledged()


@pytest.mark.parametrize("seed", SEEDS)
def test_more_people_are_never_slower(seed):
    def recovered(people):
        names = ("dns", "scheduler", "admission", "registry")
        found = world(
            seed,
            fleet=fleet(),
            alerts=[alert({"component": name}, name=name) for name in names],
            faults=[_sick(name, name, "1h", clearedBy=["restore"]) for name in names],
            remedies=[{"name": "restore"}],
            onCall={"people": people},
        )
        return sorted(i.recovered_at for i in found.incidents)

    times = [recovered(people) for people in (1, 2, 3, 4, 9)]
    assert all(np.all(np.array(b) <= np.array(a) + 1e-9) for a, b in zip(times, times[1:], strict=False))
