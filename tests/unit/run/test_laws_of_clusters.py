"""Laws of clusters and services: what may not get worse when something gets better, run by run unless a test says
otherwise; and where such a law ends, because something that is shared is full, or because what gets better is not all
that changes (`..._breaks_when_...`: each of these is a small lesson)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from simulator.kernel import Intervals
from simulator.kernel.intervals import steps
from tests.unit.worlds import (
    DAY,
    HOUR,
    QUICK,
    alert,
    applied,
    breaks,
    config,
    down,
    fleet,
    image,
    talos,
    version,
    world,
)

SEEDS = range(1, 5)
INSTANT = {"engine": "push", "pipeline": "0s", "apply": "0s"}
law = settings(max_examples=12, deadline=None)


def within(less: Intervals, more: Intervals) -> bool:
    """Whether one set of intervals lies in the other."""
    return len(less.minus(more)) == 0


def seconds(found, name: str = "web", level: str = "down") -> float:
    """Seconds in which a component was down (or degraded, which down is too), over all clusters."""
    spells = found.components.down(name) if level == "down" else found.components.impaired(name)
    return float(spells.seconds(found.layout.clusters, found.horizon).sum())


# --- bake and exposure ------------------------------------------------------------------------------------


def _canary(seed: int, bake: int, after: dict | str, gate: dict | None = None):
    """A version of a service whose pods hang some time after it has come, first in staging; a gate takes it back, or
    else people do, who look at all clusters."""
    entries = [
        {**fleet(nodes=4)[0], "name": name, "environment": name, "clusters": size}
        for name, size in (("staging", 1), ("prod", 6))
    ]
    stages = [
        {"select": {"environment": "staging"}, "bake": f"{bake}m"},
        {"select": {"environment": "prod"}, "over": "2h"},
    ]
    release = {
        "name": "web-2",
        "kind": "image",
        "service": "web",
        "at": "1h",
        "defect": breaks("web", trigger={"after": after}, mode="hang", clearedBy=["revert"]),
        "rollout": {"stages": stages, **({"gate": {"badClusters": 0, "action": "revert", **gate}} if gate else {})},
    }
    service = {"name": "web", "replicas": 4, "needs": 2, "startup": "20s"}
    people = {"alerts": [alert({"component": "web"})], "remedies": [{"name": "revert"}], "onCall": QUICK}
    found = world(
        seed, fleet=entries, gitops=INSTANT, services=[service], changes=[release], **({} if gate else people)
    )
    return seconds(found, level="degraded")


@pytest.mark.parametrize("after", ["10m", "40m", "100m"])
def test_more_bake_time_never_degrades_a_service_for_longer(after):
    """Staging has it first and so shows it first, whatever the bake, and somebody sees it: equal detection."""
    found = [_canary(1, bake, after) for bake in (0, 10, 30, 60, 120, 200)]
    assert (np.diff(found) <= 1e-6).all() and found[0] > found[-1] >= 240.0


@pytest.mark.parametrize(("after", "enough"), [("10m", 60), ("40m", 120)])
def test_bake_time_breaks_when_it_ends_before_the_defect_shows(after, enough):
    """A gate looks at its own stage: what staging shows after its bake is nobody's, and production has to show it
    again. With each minute of bake that is not enough, staging is sick for a minute longer; with enough, for 20 min
    and its two updates only."""
    bakes = [bake for bake in (0, 10, 30, 60) if bake < enough]
    found = [_canary(1, bake, after, {"for": "20m"}) for bake in bakes]
    np.testing.assert_allclose(np.diff(found), 60.0 * np.diff(bakes))
    assert 20 * 60.0 < _canary(1, enough, after, {"for": "20m"}) < found[0] / 2


def test_bake_time_breaks_when_production_shows_the_defect_before_the_canary():
    """Where clusters differ, 5 min to 3 h, the one that is hit first tells of it: with less bake many have it soon, and
    one of them shows it at once; with more all wait for a canary that shows nothing, and then have it later."""
    late = {"uniform": {"low": "5m", "high": "3h"}, "level": "perEntity"}
    found = [_canary(1, bake, late, {"for": "0s"}) for bake in (30, 60, 200)]
    assert found[1] > 2 * found[0] and found[2] < found[0]


def test_bake_time_breaks_when_it_slows_the_fix():
    """What is broken is everywhere already, and its fix takes the usual way: every minute of bake is a minute more in
    four of five clusters."""

    def hurt(bake: int) -> float:
        clusters = [{**fleet(nodes=4)[0], "name": name, "environment": name} for name in ("staging", *"abcd")]
        stages = [{"select": {"environment": "staging"}, "bake": f"{bake}m"}, {}]
        found = world(
            fleet=clusters,
            gitops=INSTANT,
            services=[{"name": "web", "replicas": 4, "needs": 4, "startup": "20s", "image": {"pull": "0s"}}],
            changes=[
                {
                    "name": "bad",
                    "kind": "image",
                    "service": "web",
                    "at": "1h",
                    "defect": breaks("web", trigger={"after": "30m"}, mode="hang"),
                },
                {"name": "fix", "kind": "image", "service": "web", "at": "2h", "rollout": {"stages": stages}},
            ],
        )
        return seconds(found)

    short, long = hurt(0), hurt(120)
    assert long - short == pytest.approx(4 * 120 * 60.0, abs=4 * 60.0)


# --- polls ------------------------------------------------------------------------------------------------


def _lags(interval: str, at: str, clusters: int = 2000, seed: int = 1) -> np.ndarray:
    """From a commit to each cluster that has applied it, with a Flux that looks every so often."""
    flux = {"engine": "flux", "interval": interval, "fetch": "0s", "apply": "0s"}
    found = world(seed, fleet=fleet(nodes=1, clusters=clusters), gitops=flux, changes=[config(at=at)])
    return applied(found) - found.carriers[0].deliveries[0].committed


@pytest.mark.parametrize("at", ["0s", "10m", "7h"])
def test_a_shorter_poll_period_does_not_delay_convergence(at):
    """In law, not cluster by cluster: waits are uniform on the period (with some jitter), so that half the period is
    half the wait: in the mean, at every tenth of the clusters, and in the last of them."""
    slow, fast = _lags("10m", at), _lags("5m", at)
    tenths = np.linspace(0.1, 1, 10)
    assert (np.quantile(fast, tenths) < np.quantile(slow, tenths)).all() and fast.max() < slow.max()
    assert fast.mean() == pytest.approx(slow.mean() / 2, rel=0.1)


def test_a_poll_period_breaks_when_one_looks_at_a_single_cluster():
    """The looks of half the period are not among those of the whole: a phase is a share of the period, so that
    looks shift when it does. Long after the start, when jitter has mixed them, both waits are independent, U P and
    V P/2, and a quarter of the clusters wait longer: P(V/2 > U) = 1/4. At the very start they share their phase, and
    hardly any does, by its jitter."""
    later = _lags("30s", "23h") > _lags("1m", "23h")
    assert later.mean() == pytest.approx(0.25, abs=4 * np.sqrt(0.25 * 0.75 / 2000))
    assert (_lags("30s", "0s") > _lags("1m", "0s")).mean() < 0.05


def _hub(clusters: int, webhook: bool, seed: int = 1):
    """From a commit to each cluster, through one Argo CD that works on one application at a time."""
    hub = {
        "engine": "argo-cd",
        "webhook": webhook,
        "compare": "1s",
        "apply": "5s",
        "controllers": {"statusProcessors": 1, "operationProcessors": 1},
    }
    found = world(seed, fleet=fleet(nodes=1, clusters=clusters), gitops=hub, changes=[config(at="1h")])
    return applied(found) - HOUR


@pytest.mark.parametrize("seed", SEEDS)
def test_a_webhook_never_delays_a_cluster_while_the_hub_has_room(seed):
    """Alone: nobody waits for anybody."""
    assert (_hub(1, True, seed) <= _hub(1, False, seed)).all()


def test_a_webhook_breaks_when_it_sends_a_herd_to_a_saturated_hub():
    """60 clusters at once, 5 s each: the last waits five minutes, also where a poll would have come first of all. The
    fleet as a whole is not later."""
    herd, spread = _hub(60, True), _hub(60, False)
    assert herd.max() <= spread.max() and herd.mean() < spread.mean()
    assert (herd > spread).any()
    assert sorted(np.round(np.diff(np.sort(herd)), 6)) == [5.0] * 59


# --- budgets ----------------------------------------------------------------------------------------------


def most_missing(found) -> float:
    """The most replicas of the first service that were missing at once in one cluster."""
    replicas, most = found.services[0], 0.0
    where, begin, end, count = replicas.missing(np.ones(found.layout.clusters, bool))
    for cluster in range(found.layout.clusters):
        mine = where == cluster
        times = np.concatenate([begin[mine], end[mine]])
        level = steps(times, np.concatenate([count[mine], -count[mine]]))[1]
        most = max(most, float(level.max(initial=0.0)))
    return most


@settings(max_examples=25, deadline=None)
@given(
    nodes=st.integers(1, 5),
    replicas=st.integers(1, 10),
    budget=st.integers(0, 4),
    places=st.integers(1, 5),
    path=st.sampled_from(["lifecycle", "legacy"]),
)
def test_a_budget_never_raises_what_drains_take_at_once(nodes, replicas, budget, places, path):
    """Whatever the upgrade takes at once; and one node after the other never takes more than the budget."""

    def most(**pdb):
        found = world(
            fleet=fleet(talos(upgrade={"path": path}), nodes=nodes),
            services=[{"name": "web", "replicas": replicas, "startup": "20s", **pdb}],
            changes=[image(maxUnavailable=places)],
        )
        return most_missing(found)

    without, kept = most(), most(pdb={"maxUnavailable": budget})
    assert kept <= without and without > 0
    if places == 1 and path == "lifecycle":
        assert kept <= budget


def test_a_budget_holds_for_nodes_that_are_drained_together():
    """Four nodes at once and a budget of one: evictions go one by one all over the cluster."""
    found = world(
        fleet=fleet(nodes=4),
        services=[{"name": "web", "replicas": 4, "startup": "20s", "pdb": {"maxUnavailable": 1}}],
        changes=[image(maxUnavailable=4)],
    )
    assert most_missing(found) == 1.0


def test_a_budget_breaks_when_the_upgrade_needs_it():
    """With room for none the upgrade does not come: a budget costs the fix that the upgrade is."""

    def done(**pdb):
        found = world(
            fleet=fleet(talos(upgrade={"path": "lifecycle"}), nodes=3),
            services=[{"name": "web", "replicas": 3, "startup": "20s", **pdb}],
            changes=[image()],
        )
        return [version(found, node, DAY - 1) for node in range(3)].count("v2")

    assert (done(pdb={"maxUnavailable": 1}), done(pdb={"maxUnavailable": 0})) == (3, 0)


# --- replicas ---------------------------------------------------------------------------------------------


def _of(seed: int, **service):
    """A service on ten nodes that fail now and then, in five clusters; failures do not depend on the service."""
    deaths = {
        "name": "hardware",
        "trigger": {"rate": "2/d"},
        "lasts": {"exponential": {"mean": "3h"}},
        **breaks("boot.firmware"),
    }
    return world(
        seed,
        fleet=fleet(nodes=10, clusters=5),
        services=[{"name": "web", "startup": "20s", **service}],
        faults=[deaths],
        horizon="5d",
    )


@law
@given(
    seed=st.integers(1, 1000),
    needs=st.integers(1, 5),
    kind=st.sampled_from([{"pinned": True}, {"workload": "statefulset"}, {}]),
)
def test_more_replicas_never_lower_availability(seed, needs, kind):
    """With the same needs and the same failures: who is down with more of them is down with fewer, second by second."""
    found = [_of(seed, replicas=n, needs=needs, **kind).components.down("web") for n in (needs, needs + 1, needs + 3)]
    assert within(found[2], found[1]) and within(found[1], found[0])
    assert len(found[0])


def test_more_replicas_break_when_they_are_all_needed_by_majority():
    """3 need 2 and 4 need 3: a share of more is more, and the fourth member adds nothing but another that may fail."""
    three, four = (_of(1, replicas=n, needs="51%", pinned=True) for n in (3, 4))
    assert within(three.components.down("web"), four.components.down("web"))
    assert seconds(four) > 1.5 * seconds(three)
    assert seconds(_of(1, replicas=5, needs="51%", pinned=True)) < seconds(three)


def test_failover_breaks_when_those_who_are_left_collapse():
    """Three regions of 420 requests; one is cut off for half an hour. With room for its users (700 in each of the other
    two) failover loses nothing. With 600 it takes the others down, and costs more than the outage in all three."""

    def unserved(failover: str, replicas: int) -> float:
        service = {
            "name": "web",
            "replicas": replicas,
            "traffic": {"demand": 420, "capacity": 100, "failover": failover, "overload": "collapses"},
        }
        entries = [{**fleet(nodes=6)[0], "name": name, "region": name} for name in ("eu", "us", "asia")]
        outage = {"name": "cut", "trigger": {"at": "1h"}, "when": {"region": "eu"}, "lasts": "30m", **breaks("web")}
        found = world(fleet=entries, services=[service], faults=[outage])
        return float(found.kubernetes.traffic["web"].story().unserved.sum())

    assert unserved("none", 6) == 1800.0 and unserved("any", 7) == 0.0
    assert unserved("any", 6) > 3 * 1800.0


# --- tolerations and images -------------------------------------------------------------------------------


def _lost_for_good(toleration: int, *faults: dict, nodes: int = 4, replicas: int = 4, at: str = "1h"):
    """Service back after the first node is lost for good, s from the start."""
    pools = [{**fleet(nodes=nodes)[0]["pools"][0], "rackSize": 1}]
    dead = {"name": "burnt", "trigger": {"at": at}, "when": {"rack": "rack-0"}, **breaks("disk"), "clearedBy": []}
    found = world(
        fleet=[{"name": "prod", "pools": pools}],
        services=[
            {
                "name": "web",
                "replicas": replicas,
                "needs": replicas,
                "startup": "20s",
                "image": {"pull": "10s"},
                "toleration": f"{toleration}s",
            }
        ],
        faults=[dead, *faults],
    )
    ((_, begin, end),) = down(found, "web")
    assert begin == (HOUR if at == "1h" else begin)
    return end


@law
@given(
    tolerations=st.lists(st.integers(0, 20_000), min_size=2, max_size=4).map(sorted),
    away=st.tuples(st.integers(0, 300), st.integers(1, 300)),
    nodes=st.integers(4, 8),
)
def test_a_longer_toleration_never_brings_a_replica_back_sooner(tolerations, away, nodes):
    """After a node is lost for good; with an API that is away for a while, too."""
    api = {"name": "away", "trigger": {"at": f"{away[0]}m"}, "lasts": f"{away[1]}m", **breaks("api")}
    back = [_lost_for_good(t, api, nodes=nodes) for t in tolerations]
    assert (np.diff(back) >= 0).all()
    calm = [_lost_for_good(t, nodes=4) for t in tolerations]
    assert calm == [HOUR + t + 20.0 for t in tolerations]


def test_a_longer_toleration_breaks_when_the_registry_is_away():
    """Who is patient asks the registry once, when it is back; who was not has asked it so often that the kubelet waits
    five minutes between two tries. Back at 2:00:01: tries come 10, 20, 40, 80, 160 s apart and then every 300 s."""
    away = {"name": "away", "trigger": {"at": "30m"}, "lasts": "5401s", **breaks("registry")}
    hasty, patient = (_lost_for_good(t, away, nodes=8) for t in (0, 3605))
    tries = HOUR + np.cumsum([0.0, 10.0, 20.0, 40.0, 80.0, 160.0, *[300.0] * 20])
    assert hasty == tries[tries >= 2 * HOUR + 1][0] + 10.0 + 20.0
    assert patient == HOUR + 3605.0 + 10.0 + 20.0 < hasty


def _rolled_back(gc: int | None, after: int, pull: int, away: bool, seed: int = 1) -> float:
    """When a service is well again whose new version hangs after a while and is reverted ten minutes later, s."""
    gate = {"badClusters": "0%", "for": "10m", "action": "revert"}
    late = breaks("web", trigger={"on": "apply", "after": f"{after}m"}, mode="hang", clearedBy=["revert"])
    registry = {"name": "away", "trigger": {"at": f"{after}m"}, "lasts": "2h", **breaks("registry")}
    found = world(
        seed,
        fleet=fleet(nodes=4),
        gitops=INSTANT,
        kubernetes={} if gc is None else {"imageGc": f"{gc}m"},
        services=[{"name": "web", "replicas": 4, "startup": "20s", "image": {"pull": f"{pull}s"}}],
        changes=[
            {
                "name": "web-2",
                "kind": "image",
                "at": "5m",
                "service": "web",
                "defect": late,
                "rollout": {"stages": [{"bake": "10h", "gate": gate}]},
            }
        ],
        faults=[registry] if away else [],
    )
    return down(found, "web")[-1][2]


@law
@given(
    ages=st.lists(st.integers(1, 400), min_size=2, max_size=3).map(sorted),
    after=st.integers(10, 300),
    pull=st.integers(1, 600),
    away=st.booleans(),
)
def test_a_longer_image_gc_never_makes_a_rollback_slower(ages, after, pull, away):
    """The image before is on the node, or has to be pulled: from a registry that may be away."""
    back = [_rolled_back(gc, after, pull, away) for gc in (*ages, None)]
    assert (np.diff(back) <= 0).all()
    assert _rolled_back(1, after, pull, away) - back[-1] >= pull  # after half an hour it is gone


# --- API servers ------------------------------------------------------------------------------------------

loads = st.lists(
    st.tuples(st.integers(1, 300), st.integers(0, 600), st.integers(1, 600), st.booleans()), min_size=1, max_size=4
)


def _asked(asks: list, servers: int, fairness: bool, name: str = "api"):
    faults = [
        {
            "name": f"asks-{k}",
            "trigger": {"at": f"{at}m"},
            "lasts": f"{lasts}m",
            "loads": [{"perNode": much, "bounded": bounded, "by": ("workloads", "controllers")[k % 2]}],
        }
        for k, (much, at, lasts, bounded) in enumerate(asks)
    ]
    api = {"servers": servers, "fairness": fairness}
    return world(fleet=fleet(nodes=10), kubernetes={"apiServer": api}, faults=faults)


@settings(max_examples=25, deadline=None)
@given(asks=loads, fairness=st.booleans(), name=st.sampled_from(["api", "api.workloads", "api.controllers"]))
def test_more_api_servers_never_make_an_overload_last_longer(asks, fairness, name):
    lost = [_asked(asks, servers, fairness).components.down(name) for servers in (1, 2, 3, 7)]
    assert all(within(more, less) for less, more in zip(lost, lost[1:], strict=False))


def test_more_api_servers_break_when_the_canary_is_what_saturates():
    """What asks 70 for each node shows at once in a canary of ten nodes with one server, and goes no further. With two
    servers the canary is well, and so all clusters of forty nodes get it, two servers or not. With five there is room
    for them too."""

    def lost(servers: int) -> list[int]:
        entries = [
            {**fleet(nodes=10)[0], "name": "staging", "environment": "staging"},
            {**fleet(nodes=40, clusters=3)[0], "environment": "prod"},
        ]
        stages = [
            {"select": {"environment": "staging"}, "bake": "1h", "gate": {"badClusters": 0, "action": "abort"}},
            {"select": {"environment": "prod"}},
        ]
        agent = {"loads": [{"perNode": 70}], "clearedBy": ["revert"]}
        found = world(
            fleet=entries,
            gitops=INSTANT,
            kubernetes={"apiServer": {"servers": servers, "fairness": False}},
            changes=[{"name": "agent", "kind": "config", "at": "1h", "defect": agent, "rollout": {"stages": stages}}],
        )
        return [cluster for cluster, _, _ in down(found, "api")]

    assert (lost(1), lost(2), lost(5)) == ([0], [1, 2, 3], [])


@settings(max_examples=25, deadline=None)
@given(asks=loads, servers=st.integers(1, 3))
def test_fairness_never_takes_the_api_from_people_who_ask_past_the_seats(asks, servers):
    """They need `api`, which is down with fairness only when it is without."""
    fair, unfair = (_asked(asks, servers, fairness).components.down("api") for fairness in (True, False))
    assert within(fair, unfair)
    assert len(fair) == 0 or any(not bounded for *_, bounded in asks)


def test_fairness_breaks_when_one_kind_asks_for_more_than_its_share_and_nobody_else_asks():
    """300 of 600 seats, all of them by workloads, whose share is 245: the API stands it, and they are turned away."""
    asks = [(30, 60, 60, True)]
    fair, unfair = _asked(asks, 1, True), _asked(asks, 1, False)
    assert down(fair, "api.workloads") == [(0, HOUR, 2 * HOUR)] and down(unfair, "api.workloads") == []
    assert down(fair, "api") == [] == down(unfair, "api")


# --- letting users in by steps ----------------------------------------------------------------------------


def _let_in(step: int | None, demand: int, factor: float, lasts: int, every: int = 5):
    """A service of 600 requests per second in one cluster, back after half an hour, with all its users waiting."""
    traffic = {
        "demand": demand,
        "capacity": 100,
        "overload": "collapses",
        "herd": {"factor": factor, "lasts": f"{lasts}m"},
    }
    if step is not None:
        traffic["admission"] = {"step": f"{step}%", "every": f"{every}m"}
    outage = {"name": "cut", "trigger": {"at": "1h"}, "lasts": "30m", **breaks("web")}
    service = {"name": "web", "replicas": 6, "needs": 1, "traffic": traffic}
    return world(fleet=fleet(nodes=6), services=[service], faults=[outage]).kubernetes.traffic["web"].story()


@settings(max_examples=20, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(
    demand=st.integers(50, 590),
    factor=st.floats(1.0, 6.0),
    lasts=st.integers(1, 60),
    sizes=st.lists(st.integers(1, 100), min_size=2, max_size=4, unique=True).map(sorted),
    every=st.integers(1, 15),
)
def test_smaller_steps_never_cause_more_collapses(demand, factor, lasts, sizes, every):
    """Where the usual demand is served: then there is no collapse, or the same one for ever. A smaller step lets fewer
    in at every moment since the return, so that it collapses later or not at all; and if it does not, it stays up."""
    first = []
    for size in (*sizes, None):
        found = _let_in(size, demand, factor, lasts, every)
        begins = found.collapsed.begin
        first.append(begins.min(initial=np.inf))
        assert not len(begins) or found.collapsed.end.max() > DAY - HOUR  # for ever
    assert first == sorted(first, reverse=True)


def test_smaller_steps_break_when_the_service_stays_up_long_enough_to_be_forgiven():
    """More is asked than can be served, whatever the steps: 700 of 600, too much from 85.8 % of the users on. By 9 %
    that is the tenth step, after nine minutes, and CrashLoopBackOff keeps it away for longer and longer, up to five
    minutes. By 8 % it is the eleventh, after ten minutes: that long in service resets its backoff, so that it is back
    in ten seconds, to fall again. The cycles are 840 s and 610 s."""
    large, small = (_let_in(step, 700, 1.0, 1, every=1).collapsed for step in (9, 8))
    assert np.diff(large.begin)[-1] == 840.0 and np.diff(small.begin)[-1] == 610.0
    assert len(small) > 1.3 * len(large)


def test_smaller_steps_break_when_nothing_comes_at_once():
    """Without a herd they only keep users out: of one hour by steps of a quarter, 15 min each, 1 1/2 quarters."""
    steps_, none = _let_in(25, 420, 1.0, 1, 15), _let_in(None, 420, 1.0, 1)
    assert not len(none.collapsed) and not len(steps_.collapsed)
    assert float((steps_.unserved - none.unserved).sum()) == pytest.approx(900.0 * 1.5)
