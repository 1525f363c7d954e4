"""Alerts: scrape, evaluation, `for`, group_wait; what is never told."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simulator.kernel import Intervals, Keyed
from simulator.operations.alerts import AlertChain
from simulator.scenario.operations import Alert
from tests.unit.worlds import HOUR, MINUTE, QUICK, alert, breaks, fleet, power_cut, said, world

MANY = 3000
QUARTER = {"scrapeInterval": "15s", "evaluationInterval": "15s"}


def chains(count: int = MANY, **settings) -> list[AlertChain]:
    """Alerts that differ in the phases of their clocks only."""
    rule = Alert.model_validate({"name": "alarm", "expr": {"component": "api"}, **settings})
    return [AlertChain(rule, Keyed(seed)) for seed in range(count)]


def holds(*times: tuple[float, float]) -> Intervals:
    """One group for which it holds at these times."""
    return Intervals.of(np.zeros(len(times), int), *(np.array(column, float) for column in zip(*times, strict=True)))


def delays(fact: Intervals, **settings) -> np.ndarray:
    """From the fact to the page, by alert; infinity where nobody is told."""
    found = [chain.next(fact, -1.0) for chain in chains(**settings)]
    return np.array([np.inf if n is None else n.told - fact.begin[0] for n in found])


def test_the_detection_delay_is_two_uniform_waits_and_group_wait():
    """for = 0: a scrape within 60 s, an evaluation within 60 s, group_wait 30 s: mean 90 s, worst 150 s."""
    found = delays(holds((HOUR, 10 * HOUR)))
    assert found.min() >= 30.0 and found.max() <= 150.0
    assert found.mean() == pytest.approx(90.0, abs=3 * np.sqrt(600.0 / MANY))
    assert stats.kstest(found, stats.triang(0.5, loc=30.0, scale=120.0).cdf).pvalue > 0.01


def test_for_adds_whole_evaluations():
    wait = delays(holds((HOUR, 10 * HOUR)))
    np.testing.assert_allclose(delays(holds((HOUR, 10 * HOUR)), **{"for": "2m"}), wait + 120.0)
    np.testing.assert_allclose(delays(holds((HOUR, 10 * HOUR)), **{"for": "90s"}), wait + 120.0)


def test_what_is_over_before_a_scrape_is_invisible():
    told = np.isfinite(delays(holds((HOUR, HOUR + 15.0))))
    assert abs(told.mean() - 15 / 60) < 4 * np.sqrt(0.25 * 0.75 / MANY)


def test_a_gap_between_two_scrapes_is_invisible_too():
    gap = delays(holds((HOUR, HOUR + 120.0), (HOUR + 120.001, HOUR + 240.0)), **{"for": "2m"}, groupWait="0s")
    whole = delays(holds((HOUR, HOUR + 240.0)), **{"for": "2m"}, groupWait="0s")
    assert (gap == whole).mean() > 0.99


def test_for_starts_anew_after_a_gap():
    found = delays(holds((HOUR, HOUR + 4 * MINUTE), (HOUR + 6 * MINUTE, HOUR + 30 * MINUTE)), **{"for": "5m"})
    assert (found >= 6 * MINUTE + 5 * MINUTE).all() and np.isfinite(found).all()


def test_edge_49_what_resolves_inside_group_wait_is_never_told():
    """Alertmanager: resolved before group_wait, no notification. The rule must be false again by then."""
    short = delays(holds((HOUR, HOUR + 14.9)), **QUARTER, groupWait="30s")
    assert np.isinf(short).all()
    assert np.isfinite(delays(holds((HOUR, HOUR + 14.9)), **QUARTER, groupWait="0s")).mean() > 0.9
    assert np.isfinite(delays(holds((HOUR, HOUR + 60.0)), **QUARTER, groupWait="30s")).all()


def test_a_page_goes_out_once_the_next_time_it_holds():
    (chain,) = chains(1)
    fact = holds((HOUR, 2 * HOUR), (5 * HOUR, 6 * HOUR))
    first = chain.next(fact, -1.0)
    assert first.began == HOUR and chain.next(fact, first.told).began == 5 * HOUR
    assert chain.next(fact, 6 * HOUR) is None


# --- groups -----------------------------------------------------------------------------------------------

TICK = {"scrapeInterval": "1s", "evaluationInterval": "1s", "groupWait": "0s"}


def members(*times: tuple[float, float]) -> Intervals:
    """One member of a group for each of these times."""
    return Intervals.of(np.arange(len(times)), *(np.array(column, float) for column in zip(*times, strict=True)))


def told_again(fact: Intervals, after: float, **settings) -> float:
    """When a group that was told at one o'clock is told something new."""
    (chain,) = chains(1, **TICK, **settings)
    found = chain.next(fact, after, group=HOUR)
    return np.inf if found is None else found.told


def test_a_new_member_of_a_group_is_told_at_the_next_turn_of_the_group():
    fact = members((HOUR - 2, 5 * HOUR), (HOUR + 7 * MINUTE, 5 * HOUR))
    assert told_again(fact, HOUR + MINUTE) == HOUR + 10 * MINUTE
    assert told_again(fact, HOUR + MINUTE, groupInterval="1h") == 2 * HOUR


def test_a_new_member_that_is_well_again_before_that_is_not_told():
    fact = members((HOUR - 2, 5 * HOUR), (HOUR + 7 * MINUTE, HOUR + 9 * MINUTE))
    assert told_again(fact, HOUR + MINUTE) == np.inf


def test_a_group_is_gone_when_nothing_fires_at_its_turn():
    """What fires after that is a new group, told at once; before, it waits for the turn."""
    gone = members((HOUR - 2, HOUR + 4 * MINUTE), (HOUR + 6 * MINUTE, 5 * HOUR))
    assert told_again(gone, HOUR + 5 * MINUTE) == pytest.approx(HOUR + 6 * MINUTE, abs=2.0)
    there = members((HOUR - 2, HOUR + 4 * MINUTE), (HOUR + 4.5 * MINUTE, 5 * HOUR))
    assert told_again(there, HOUR + 4 * MINUTE) == HOUR + 5 * MINUTE


def test_a_gap_that_nobody_sees_is_no_recovery():
    """Whoever works on it goes on."""
    (chain,) = chains(1)
    fact = holds((HOUR, 2 * HOUR), (2 * HOUR + 0.001, 3 * HOUR), (4 * HOUR, 5 * HOUR))
    assert chain.seen(fact).begin.tolist() == [HOUR, 4 * HOUR]


def test_who_has_given_up_is_called_again_for_what_is_new_in_the_group():
    """Two clusters break, three hours apart, and only the second can be helped."""
    late = {"name": "late", "trigger": {"at": "4h"}, "when": {"cluster": "prod-1"}, "clearedBy": ["restore"]}
    found = world(
        fleet=fleet(clusters=2),
        onCall=QUICK,
        alerts=[alert({"component": "api"})],
        remedies=[{"name": "restore", "duration": "10m"}],
        faults=[SICK | {"when": {"cluster": "prod-0"}, "lasts": "20h"}, late | breaks("api")],
    )
    (incident,) = found.incidents
    assert incident.pages == 2 and [a.cause for a in incident.attempts] == ["late"]
    assert 4 * HOUR < said(found, "paged")[1].at < 4 * HOUR + 8 * MINUTE


# --- monitoring that is down itself -----------------------------------------------------------------------

SICK = {"name": "sick", "trigger": {"at": "1h"}, "lasts": "5h", **breaks("api")}


def test_monitoring_that_is_down_tells_nobody_until_it_is_back():
    blind = {"name": "blind", "trigger": {"at": "59m"}, "lasts": "3h", **breaks("telemetry")}
    found = world(
        fleet=fleet(),
        faults=[SICK, blind],
        onCall=QUICK,
        alerts=[alert({"component": "api"}, requires=["telemetry"])],
    )
    (incident,) = found.incidents
    assert incident.began_at == HOUR
    assert 3 * HOUR + 59 * MINUTE + 30.0 <= incident.paged_at <= 3 * HOUR + 59 * MINUTE + 150.0


def test_what_is_over_when_monitoring_is_back_is_never_told():
    blind = {"name": "blind", "trigger": {"at": "59m"}, "lasts": "8h", **breaks("telemetry")}
    found = world(fleet=fleet(), faults=[SICK, blind], alerts=[alert({"component": "api"}, requires=["telemetry"])])
    assert found.incidents == []


def test_edge_43_monitoring_on_the_same_cluster_misses_its_own_outage():
    """Nothing fires while what it runs on is down; a cluster beside it is seen all the while."""
    found = world(
        fleet=fleet(clusters=2),
        faults=[SICK | {"when": {"cluster": "prod-0"}}],
        alerts=[alert({"component": "api"}, requires=["api"])],
    )
    assert found.incidents == []
    cut = power_cut("1h", "5h", when={"cluster": "prod-1"})
    found = world(
        fleet=fleet(clusters=2),
        faults=[SICK | {"when": {"cluster": "prod-0"}}, cut],
        alerts=[alert({"nodes": "bad"}, requires=["api"])],
    )
    assert len(found.incidents) == 1 and len(said(found, "alert fires")) == 1


def test_an_alert_on_a_share_waits_for_the_share():
    rule = alert({"nodes": "bad", "above": "30%"})
    few = world(fleet=fleet(clusters=4), faults=[power_cut("1h", "1h", when={"cluster": "prod-0"})], alerts=[rule])
    more = world(
        fleet=fleet(clusters=4),
        alerts=[rule],
        faults=[
            power_cut("1h", "2h", when={"cluster": "prod-0"}),
            power_cut("2h", "2h", when={"cluster": "prod-1"}, name="other"),
        ],
    )
    assert few.incidents == [] and more.incidents[0].began_at == 2 * HOUR
