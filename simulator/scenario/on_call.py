"""The people on call: when they work, how fast they are, how many, and how wrong they may be."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator import facts
from simulator.scenario.base import Duration, Model, Number, Share, Whole, sourced
from simulator.scenario.distribution import DurationLike, sourced_lognormal
from simulator.scenario.window import WEEKDAYS, TimeOfDay, TimeZone, Window

_MORNING = f"{facts.get('oncall.workday_start').number:02.0f}:00"


class WorkingHours(Window):
    """When people are at work, in the time zone of those on call."""

    days: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = Field(
        default_factory=lambda: list(WEEKDAYS[:5]), min_length=1, description="Days on which they work."
    )
    start: TimeOfDay = Field(
        _MORNING, description="When they begin.", json_schema_extra={"fact": "oncall.workday_start"}
    )
    lasts: Duration = sourced("oncall.workday_duration", "How long they work.", gt=0)


class Fatigue(Model):
    """What the pages of the last 24 hours cost: acknowledgement and diagnosis take longer."""

    per_page: Share = sourced(
        "oncall.fatigue_per_page", "So much longer for each page of the last 24 hours; 0: not at all.", reading="number"
    )
    at_most: Number = sourced(
        "oncall.fatigue_at_most", "Never more than so much longer: 1 is twice as long.", reading="number", ge=0, le=100
    )


class Misdiagnosis(Model):
    """The first diagnosis may be wrong: the team follows it, gives it up, and begins the next round."""

    probability: Share = sourced(
        "oncall.misdiagnosis_probability", "How often the first diagnosis of an incident is wrong.", reading="number"
    )
    cost: DurationLike = sourced_lognormal("oncall.misdiagnosis_cost", "How long the wrong path is followed.")


class OnCall(Model):
    """Who answers a page, and how fast. Without working hours everybody can always be reached."""

    time_zone: TimeZone = Field("UTC", description="Where they live.")
    working_hours: WorkingHours | None = Field(
        None, description="When they are at work; outside of it offHours counts. Left out: always."
    )
    acknowledge: DurationLike = sourced_lognormal("oncall.acknowledge", "From the page to somebody looking.")
    off_hours: DurationLike = sourced_lognormal(
        "oncall.acknowledge_off_hours",
        "The same outside of the working hours, if those are given; the same draw in working hours is the least.",
    )
    diagnosis: DurationLike = sourced_lognormal("oncall.diagnosis", "From looking to knowing which change it was.")
    decision: DurationLike = sourced_lognormal("oncall.decision", "From knowing to acting.")
    people: Whole = Field(
        int(facts.get("oncall.people").number),
        ge=1,
        description="How many there are: each works on one incident at once, and a page waits until somebody is free.",
        json_schema_extra={"fact": "oncall.people"},
    )
    fatigue: Fatigue = Field(default_factory=Fatigue, description="What many pages cost.")
    misdiagnosis: Misdiagnosis = Field(default_factory=Misdiagnosis, description="A first diagnosis that is wrong.")

    @property
    def morning(self) -> WorkingHours:
        """When tickets are looked through: the beginning of these hours."""
        return self.working_hours or WorkingHours()
