"""People: working hours, fatigue, wrong diagnoses, and how many there are."""

from __future__ import annotations

import numpy as np
import pytest
import simpy

from simulator.kernel import Calendar, Keyed
from simulator.operations import Team
from simulator.scenario.on_call import OnCall
from tests.unit.worlds import DAY, HOUR, MINUTE, QUICK, alert, breaks, config, fleet, said, scenario, world

MONDAY = scenario(fleet=fleet()).spec.start
OFFICE = {"timeZone": "Europe/Berlin", "workingHours": {}}  # 09:00 to 17:00; in winter 08:00 to 16:00 UTC
SLOW = {"acknowledge": "5m", "offHours": "30m"}


def team(**settings) -> Team:
    """A team by itself, in a week that begins on a Monday at midnight UTC."""
    return Team(simpy.Environment(), OnCall.model_validate(settings), Calendar(MONDAY, 14 * DAY), Keyed(1))


def sick(component: str = "dns", at: str = "1h", lasts: str = "8h", **more) -> dict:
    """A component is down for some hours, whatever anybody does."""
    return {"name": f"sick-{component}", "trigger": {"at": at}, "lasts": lasts, **breaks(component), **more}


def two_outages(people: int, at: str = "1h", **on_call) -> dict:
    """DNS and the scheduler break at the same time, each with its alert; a restore takes an hour."""
    return {
        "fleet": fleet(),
        "onCall": {**QUICK, "people": people, **on_call},
        "alerts": [
            alert({"component": "dns"}, name="dns"),
            alert({"component": "scheduler"}, name="scheduler"),
        ],
        "remedies": [{"name": "restore", "duration": "1h"}],
        "faults": [sick(c, at, clearedBy=["restore"], lasts="20h") for c in ("dns", "scheduler")],
    }


def spans_of_work(found) -> list[tuple[float, float]]:
    """From the acknowledgement to the end of the last remedy, for each incident, by time."""
    return sorted((i.acknowledged_at, max(a.done_at for a in i.attempts)) for i in found.incidents if i.attempts)


# --- hours ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "later"),
    [
        (10 * HOUR, 5 * MINUTE),
        (20 * HOUR, 30 * MINUTE),
        (5 * DAY + 10 * HOUR, 30 * MINUTE),  # Saturday
        (8 * HOUR - 1, 5 * MINUTE + 1),  # they come in a second later, and look as they do in the morning
        (16 * HOUR - 1, 5 * MINUTE),
    ],
)
def test_outside_of_working_hours_it_takes_longer_to_look(at, later):
    assert team(**OFFICE, **SLOW).acknowledges("alarm", 0, 0, at) == pytest.approx(at + later)


def test_without_working_hours_everybody_can_be_reached_at_any_time():
    for at in (0.0, 3 * HOUR, 6 * DAY):
        assert team(**SLOW).acknowledges("alarm", 0, 0, at) == at + 5 * MINUTE


def test_a_page_at_night_is_acknowledged_later_in_a_run():
    spec = {"fleet": fleet(), "alerts": [alert({"component": "dns"})], "faults": [sick()]}
    day, night = (
        world(onCall={**QUICK, **hours}, **spec).incidents[0] for hours in ({}, {"workingHours": {}, "offHours": "1h"})
    )
    assert day.acknowledged_at == day.paged_at + MINUTE and night.acknowledged_at == night.paged_at + HOUR


# --- fatigue ----------------------------------------------------------------------------------------------


def test_every_page_of_the_last_day_makes_it_longer_up_to_a_cap():
    tired = team(fatigue={"perPage": "10%", "atMost": 0.25})
    found = []
    for at in (0.0, HOUR, 2 * HOUR, 3 * HOUR, 27.5 * HOUR):
        tired.paged(at)
        found.append(tired.fatigue(at, at))
    assert found == pytest.approx([1.0, 1.1, 1.2, 1.25, 1.0])


def test_fatigue_makes_acknowledgement_and_diagnosis_longer_and_not_the_decision():
    def first_and_second(**fatigue):
        spec = two_outages(2, fatigue=fatigue)
        spec["faults"][1]["trigger"] = {"at": "3h"}
        return world(**spec).incidents

    for number, factor in ((0, 1.0), (1, 1.5)):
        incident = first_and_second(perPage="50%")[number]
        assert incident.acknowledged_at - incident.paged_at == pytest.approx(factor * MINUTE)
        assert incident.diagnosed_at - incident.acknowledged_at == pytest.approx(factor * 2 * MINUTE)
        assert incident.decided_at - incident.diagnosed_at == pytest.approx(MINUTE)
    assert first_and_second()[1].acknowledged_at - first_and_second()[1].paged_at == MINUTE


# --- wrong diagnoses --------------------------------------------------------------------------------------


def test_a_wrong_diagnosis_costs_time_and_a_round_and_is_on_the_record():
    spec = two_outages(2, misdiagnosis={"probability": 1, "cost": "40m"})
    found = world(**spec)
    for incident in found.incidents:
        assert incident.misdiagnosed_at == incident.acknowledged_at + 2 * MINUTE
        assert incident.diagnosed_at == pytest.approx(incident.misdiagnosed_at + 42 * MINUTE)
        assert incident.decided_at == pytest.approx(incident.diagnosed_at + MINUTE)
        assert np.isfinite(incident.recovered_at)
    assert len(said(found, "wrong diagnosis")) == 2


def test_nobody_is_wrong_unless_the_scenario_says_so():
    found = world(**two_outages(2))
    assert np.isnan([i.misdiagnosed_at for i in found.incidents]).all()


def test_wrong_diagnoses_are_as_frequent_as_declared():
    wrong = sum(
        Team(
            simpy.Environment(),
            OnCall.model_validate({"misdiagnosis": {"probability": "30%"}}),
            Calendar(MONDAY, DAY),
            Keyed(seed),
        ).errs_for("alarm", 0)
        > 0
        for seed in range(1000)
    )
    assert abs(wrong - 300) < 4 * np.sqrt(1000 * 0.3 * 0.7)


# --- how many ---------------------------------------------------------------------------------------------


def test_a_second_page_waits_until_somebody_is_free():
    alone, together = (spans_of_work(world(**two_outages(people))) for people in (1, 2))
    assert alone[1][0] >= alone[0][1] and together[1][0] < together[0][1]
    found = world(**two_outages(1))
    (waits,) = said(found, "page waits")
    second = max(found.incidents, key=lambda i: i.acknowledged_at)
    assert waits.at == second.queued_at < second.acknowledged_at


def test_who_waits_for_a_prerequisite_is_free_for_another_page():
    spec = two_outages(1)
    spec["remedies"] = [{"name": "restore", "duration": "1h", "requires": ["git"]}]
    spec["faults"] = [
        sick("dns", clearedBy=["restore"], lasts="20h"),
        sick("git", at="30m", clearedBy=["revert"], lasts="20h"),
    ]
    spec["remedies"].append({"name": "revert", "duration": "10m"})
    spec["alerts"][1] = alert({"component": "git"}, name="git", **{"for": "40m"})
    found = world(**spec)
    assert {i.alert for i in found.incidents if np.isfinite(i.recovered_at)} == {"dns", "git"}
    (restore,) = [a for i in found.incidents for a in i.attempts if a.remedy == "restore"]
    assert restore.waited_for == "git" and not restore.circular


def test_a_remedy_that_takes_two_waits_for_the_second_who_is_at_work_elsewhere():
    spec = two_outages(2)
    spec["remedies"] = [{"name": "restore", "duration": "1h"}, {"name": "hands", "duration": "1h", "needsPeople": 2}]
    spec["alerts"][1] = alert({"nodes": "bad"}, name="bad")
    spec["faults"][1] = sick("disk", at="65m", clearedBy=["hands"], lasts="20h")
    found = world(**spec)
    (hands,) = [a for i in found.incidents for a in i.attempts if a.remedy == "hands"]
    (restore,) = [a for i in found.incidents for a in i.attempts if a.remedy == "restore"]
    assert hands.waited_for == "people" and hands.started_at == restore.done_at
    assert "for people" in {e.note for e in said(found, "remedy waits")}


def test_two_that_need_both_do_not_wait_for_each_other_for_ever():
    spec = two_outages(2)
    spec["remedies"] = [{"name": "restore", "duration": "1h", "needsPeople": 2}]
    found = world(**spec)
    starts = sorted(a.started_at for i in found.incidents for a in i.attempts)
    assert starts[1] == starts[0] + HOUR and all(np.isfinite(i.recovered_at) for i in found.incidents)


def test_people_stay_with_a_remedy_that_outlasts_its_alert():
    """The alert is about half of the nodes; the others are still to be seen to when it ends."""
    spec = {
        "fleet": fleet(nodes=4),
        "onCall": {**QUICK, "people": 1},
        "alerts": [alert({"nodes": "bad", "above": "50%"}, name="bad"), alert({"component": "dns"}, name="dns")],
        "remedies": [{"name": "hands", "duration": "1h"}, {"name": "restore", "duration": "1h"}],
        "faults": [
            {"name": "disks", "trigger": {"at": "1h"}, **breaks("disk", clearedBy=["hands"])},
            sick("dns", at="90m", clearedBy=["restore"], lasts="20h"),
        ],
    }
    found = world(**spec)
    bad, dns = (next(i for i in found.incidents if i.alert == name) for name in ("bad", "dns"))
    assert bad.recovered_at < bad.attempts[0].done_at == dns.acknowledged_at


# --- tickets ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "hours", "seen"),
    [
        (2 * HOUR, {}, 9 * HOUR),  # no working hours: nine o'clock of the next weekday
        (10 * HOUR, {}, DAY + 9 * HOUR),
        (4 * DAY + 10 * HOUR, {}, 7 * DAY + 9 * HOUR),  # Friday
        (2 * HOUR, OFFICE, 8 * HOUR),
        (10 * HOUR, {"workingHours": {"days": ["wed"], "start": "13:30", "lasts": "4h"}}, 2 * DAY + 13.5 * HOUR),
    ],
)
def test_a_ticket_is_seen_when_the_next_working_day_begins(at, hours, seen):
    assert team(**hours).reads_tickets(at) == seen


def test_a_ticket_calls_nobody():
    spec = {
        "fleet": fleet(),
        "changes": [config(at="1h", defect=breaks("dns"))],
        "onCall": {**QUICK, "fatigue": {"perPage": "100%"}},
    }
    found = world(**spec, alerts=[alert({"component": "dns"}, severity="ticket")], horizon="2d")
    (incident,) = found.incidents
    assert incident.severity == "ticket" and incident.acknowledged_at == 9 * HOUR
    assert incident.diagnosed_at == 9 * HOUR + 2 * MINUTE
    assert len(said(found, "ticket")) == 1 and said(found, "paged") == []
