"""Services whose nodes fail and are repaired: the birth-death process of their replicas, exactly.

A replica stands on its node, n of them on nodes that fail at rate lambda and are repaired, all at once, at rate mu.
The number that is up is a birth-death process: up by one at rate (n - i) mu, down by one at rate i lambda. Machines
boot in a millisecond unless a test says otherwise, so that a node is out for as long as its repair takes.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, linalg, stats

from simulator.kernel import Intervals
from tests.oracle.fleets import DAY, HOUR, at_once, failures, scenario

#: Replicas, how many are needed, failures of a node per day, mean repair in hours, horizon in days.
SETTINGS = [
    (3, 2, 1.0, 6.0, 40),
    (5, 3, 1.0, 6.0, 40),
    (4, 4, 0.2, 12.0, 60),
    (7, 5, 2.0, 3.0, 20),
    (2, 1, 0.5, 4.0, 80),
]
CLUSTERS = 200
STAYS = [{"pinned": True}, {"workload": "statefulset"}]
names = ["pinned", "statefulset"]


def replicas(n: int, needs: int, stays: dict, **more) -> dict:
    """A service with one replica on each of n nodes."""
    return {"name": "db", "replicas": n, "needs": needs, **stays, **more}


def outages(
    n: int,
    service: dict,
    faults: list[dict],
    horizon: str,
    seed: int,
    os: dict | None = None,
    clusters=CLUSTERS,
    **pool,
) -> Intervals:
    """When the service is down, by cluster."""
    fleet = {"pools": [{"name": "workers", "nodes": n, "os": os or at_once(), **pool}]}
    say = scenario(clusters, n, horizon, fleet=fleet, services=[service], faults=faults)
    return say.run(seed=seed).world.components.down("db")


def share(down: Intervals, begin: float, end: float, clusters: int = CLUSTERS) -> tuple[float, float]:
    """The mean share of time down in a window, and its standard error over clusters."""
    shares = down.clip(begin, end).seconds(clusters, end) / (end - begin)
    return float(shares.mean()), float(shares.std(ddof=1) / np.sqrt(clusters))


def down_at(t, n: int, needs: int, lam: float, mu: float):
    """Probability that fewer than `needs` of n are up at a time, if all are at 0: nodes are independent, and each is
    down with p(t) = lambda / (lambda + mu) (1 - exp(-(lambda + mu) t))."""
    p = lam / (lam + mu) * -np.expm1(-(lam + mu) * np.asarray(t))
    return stats.binom.sf(n - needs, n, p)


@pytest.mark.parametrize("stays", STAYS, ids=names)
@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_the_share_of_time_with_too_few_replicas_is_a_binomial_tail(setting, stays):
    """From the start on, all being up: the integral of the transient, so that nothing has to be warm. What a service
    that needs one replica more, or whose nodes fail a quarter more often, would see is far outside."""
    n, needs, per_day, hours, days = setting
    lam, mu, horizon = per_day / DAY, 1 / (hours * HOUR), days * DAY
    down = outages(n, replicas(n, needs, stays), failures(f"{per_day}/d", f"{hours}h"), f"{days}d", 101)
    mean, error = share(down, 0.0, horizon)

    def exact(rate: float, needs: int) -> float:
        return integrate.quad(down_at, 0, horizon, (n, needs, rate, mu), limit=500, points=[10 / mu])[0] / horizon

    assert abs(mean - exact(lam, needs)) < 4 * error
    assert abs(mean - exact(1.25 * lam, needs)) > 4 * error
    assert abs(mean - exact(lam, needs - 1 or n)) > 4 * error


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_after_a_while_it_is_the_stationary_tail(setting):
    """Warm after 12 relaxation times, 1 / (lambda + mu) each: what is left of the start is 6e-6 of it."""
    n, needs, per_day, hours, days = setting
    lam, mu, horizon = per_day / DAY, 1 / (hours * HOUR), days * DAY
    warm = 12 / (lam + mu)
    down = outages(n, replicas(n, needs, STAYS[0]), failures(f"{per_day}/d", f"{hours}h"), f"{days}d", 102)
    mean, error = share(down, warm, horizon)
    assert warm < horizon / 3
    assert abs(mean - stats.binom.sf(n - needs, n, lam / (lam + mu))) < 4 * error


def test_the_boot_after_a_repair_counts_and_may_fail_again():
    """A boot of c = 2 h, in which the machine may die again: E[D] = (1/mu + (1 - e^-lambda c) / lambda) e^(lambda c),
    by D = R + min(c, X) + 1[X < c] D'. Nodes are independent, so the tail is binomial whatever the law of D."""
    n, needs, lam, repair, boot = 3, 2, 1 / DAY, 4 * HOUR, 2 * HOUR
    os = {"name": "talos", "reboot": "110m", "serviceStart": "10m"}
    down = outages(n, replicas(n, needs, STAYS[0]), failures("1/d", "4h"), "60d", 103, os)
    out = (repair - np.expm1(-lam * boot) / lam) * np.exp(lam * boot)
    mean, error = share(down, 5 * DAY, 60 * DAY)

    def exact(out: float) -> float:
        return float(stats.binom.sf(n - needs, n, out / (out + 1 / lam)))

    assert abs(mean - exact(out)) < 4 * error
    assert abs(mean - exact(repair)) > 10 * error and abs(mean - exact(repair + boot)) > 4 * error


# --- the first loss ---------------------------------------------------------------------------------------


def passage(n: int, needs: int, lam: float, mu: float) -> np.ndarray:
    """The generator of the number of replicas that are lost, 0 .. n - needs, up to the first loss too many."""
    lost = np.arange(n - needs + 1)
    down, up = (n - lost) * lam, lost * mu
    return np.diag(-(down + up)) + np.diag(down[:-1], 1) + np.diag(up[1:], -1)


@pytest.mark.parametrize("setting", [(3, 2, 1.0, 6.0), (5, 3, 1.0, 6.0), (4, 4, 0.2, 12.0), (5, 4, 0.5, 2.0)], ids=str)
def test_the_time_to_the_first_loss_is_that_of_a_first_passage(setting):
    """The mean solves Q m = -1; with a horizon of H it is E[min(T, H)], from m and exp(Q H). Its law is of phase
    type, P(T > t) = the first row of exp(Q t)."""
    n, needs, per_day, hours = setting
    lam, mu = per_day / DAY, 1 / (hours * HOUR)
    q, one = passage(n, needs, lam, mu), np.ones(n - needs + 1)
    mean = np.linalg.solve(q, -one)
    days = int(np.ceil(6 * mean[0] / DAY))
    down = outages(n, replicas(n, needs, STAYS[0]), failures(f"{per_day}/d", f"{hours}h"), f"{days}d", 104)
    first = np.full(CLUSTERS, days * DAY)
    np.minimum.at(first, down.entity, down.begin)
    within = mean[0] - (linalg.expm(q * days * DAY) @ mean)[0]  # E[min(T, H)]
    assert 0.99 < within / mean[0] < 1
    error = first.std(ddof=1) / np.sqrt(CLUSTERS)
    assert abs(first.mean() - within) < 4 * error
    assert abs(first.mean() - 1.5 * within) > 4 * error
    law = lambda x: np.array([1 - linalg.expm(q * t)[0].sum() for t in np.atleast_1d(x)])  # noqa: E731
    assert stats.kstest(first[first < days * DAY], law).pvalue > 0.001


def test_a_loss_lasts_until_one_of_those_that_are_missing_is_back():
    """One too many are lost when it begins: n - needs + 1 repairs race, and the first of them, after
    1 / ((n - needs + 1) mu), ends it; nodes that fail meanwhile make it longer, which the generator of the numbers
    above knows: hitting n - needs from there."""
    n, needs, lam, mu = 5, 3, 1 / DAY, 1 / (6 * HOUR)
    lost = np.arange(n - needs + 1, n + 1)
    down, up = (n - lost) * lam, lost * mu
    q = np.diag(-(down + up)) + np.diag(down[:-1], 1) + np.diag(up[1:], -1)
    exact = np.linalg.solve(q, -np.ones(len(lost)))[0]
    found = outages(n, replicas(n, needs, STAYS[0]), failures("1/d", "6h"), "40d", 105)
    found = found.where(found.begin < 35 * DAY)
    lasts = found.end - found.begin
    error = lasts.std(ddof=1) / np.sqrt(len(lasts))
    assert abs(lasts.mean() - exact) < 4 * error
    assert abs(lasts.mean() - 1 / ((n - needs + 1) * mu)) > 4 * error, "failures meanwhile would be seen"


# --- Kubernetes moves them --------------------------------------------------------------------------------

GRACE, STARTUP, BOOT = 50.0, 40.0, 60.0


def of_one_replica(repair: float, limit: float) -> float:
    """E[min(R + boot, limit)], R exponential: boot + mean (1 - e^(-(limit - boot) / mean))."""
    return BOOT - repair * np.expm1(-(limit - BOOT) / repair)


@pytest.mark.parametrize("repair", [120.0, 600.0, 7200.0])
@pytest.mark.parametrize("toleration", [30.0, 300.0])
def test_a_replica_is_missing_until_its_node_or_its_eviction_whichever_is_first(repair, toleration):
    """T = grace + toleration + startup. Clusters of 100 nodes, each with a replica, and few failures: a second taint
    of a zone comes within 10 s of the first once in 10^4, and never are most of a zone lost."""
    nodes, clusters = 100, 10
    os = {"name": "talos", "reboot": "40s", "serviceStart": "20s"}
    say = scenario(
        clusters,
        nodes,
        "60d",
        os,
        faults=failures("0.05/d", f"{repair}s"),
        services=[{"name": "web", "replicas": nodes, "startup": f"{STARTUP}s", "toleration": f"{toleration}s"}],
    )
    world = say.run(seed=106).world
    where, begin, end, count = world.services[0].missing(np.ones(clusters, bool))
    ended = np.isfinite(end) & (begin < 59 * DAY)
    lasts, limit = (end - begin)[ended], GRACE + toleration + STARTUP
    assert (count == 1).all() and lasts.max() < limit + 60.0
    error = lasts.std(ddof=1) / np.sqrt(len(lasts))
    assert len(lasts) > 2500
    assert abs(lasts.mean() - of_one_replica(repair, limit)) < 4 * error
    assert abs(lasts.mean() - of_one_replica(repair, limit + STARTUP)) > 4 * error or repair < limit
    # What is too late for an eviction: a node that is back within grace and toleration has kept its pods.
    early = -np.expm1(-(limit - STARTUP - BOOT) / repair)
    assert stats.binomtest(int((lasts < limit - STARTUP).sum()), len(lasts), early).pvalue > 0.001


# --- a common cause ---------------------------------------------------------------------------------------


def stationary(q: np.ndarray) -> np.ndarray:
    """The stationary law of a generator."""
    return np.linalg.lstsq(np.vstack([q.T, np.ones(len(q))]), np.append(np.zeros(len(q)), 1.0), rcond=None)[0]


def both_down(own: float, common: float, mu: float) -> float:
    """Probability that two replicas are down together: each fails at a rate of its own, both fail at a common rate
    (one that is down already stays so), and repairs are apart. States: nobody, one, both down."""
    q = np.array(
        [
            [-(2 * own + common), 2 * own, common],
            [mu, -(mu + own + common), own + common],
            [0.0, 2 * mu, -2 * mu],
        ]
    )
    return float(stationary(q)[2])


def of_racks(rate: str, repair: str) -> dict:
    """A fault that takes whole racks."""
    return {**failures(rate, repair)[0], "name": "rack", "together": "rack"}


@pytest.mark.parametrize("own", [0.0, 0.5])
def test_two_replicas_in_one_rack_fall_together_and_in_two_they_do_not(own):
    """A rack is lost once a day, a machine by itself not at all or every second day, repaired in 3 h each. With own = 0
    the one rack is lambda / (lambda + 2 mu), about 1/17, and the two are (lambda / (lambda + mu))^2, 1/81."""
    common, mu = 1 / DAY, 1 / (3 * HOUR)
    faults = [of_racks("1/d", "3h"), *(failures(f"{own}/d", "3h") if own else [])]
    exact = {2: both_down(own / DAY, common, mu), 1: ((p := common + own / DAY) / (p + mu)) ** 2}
    if not own:
        assert exact[2] == pytest.approx(common / (common + 2 * mu)) and exact[1] == pytest.approx(1 / 81)
    for size in (1, 2):
        down = outages(2, replicas(2, 1, STAYS[0]), faults, "20d", 107, clusters=100, rackSize=size)
        mean, error = share(down, 3 * DAY, 20 * DAY, 100)
        assert abs(mean - exact[size]) < 4 * error
        assert abs(mean - exact[3 - size]) > 10 * error, "racks matter"


def test_a_service_over_racks_needs_the_racks_and_not_the_replicas():
    """Six replicas in three racks of two, four needed, rack faults only: it is down when two racks have a replica down
    each, or more. Racks are independent, so the law of one, from its own chain, is enough."""
    lam, mu = 1 / DAY, 1 / (3 * HOUR)
    one = stationary(np.array([[-lam, 0.0, lam], [mu, -(mu + lam), lam], [0.0, 2 * mu, -2 * mu]]))
    lost = np.convolve(np.convolve(one, one), one)  # the number of replicas that are down, of six
    down = outages(6, replicas(6, 4, STAYS[0]), [of_racks("1/d", "3h")], "40d", 108, rackSize=2)
    mean, error = share(down, 3 * DAY, 40 * DAY)
    assert abs(mean - lost[3:].sum()) < 4 * error
    assert abs(mean - stats.binom.sf(2, 6, lam / (lam + mu))) > 4 * error, "it is not that of six nodes apart"
