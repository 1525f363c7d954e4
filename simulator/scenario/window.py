"""Clocks and maintenance windows: the times of a week at which something may happen."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, WithJsonSchema

from simulator.scenario.base import Duration, Model
from simulator.scenario.errors import nearest, shown

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _time_of_day(value: str) -> str:
    hours, _, minutes = value.partition(":")
    if not (hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60):
        raise ValueError(f"{shown(value)} is not a time of day; write 03:30")
    return value


TimeOfDay = Annotated[
    str,
    AfterValidator(_time_of_day),
    WithJsonSchema({"type": "string", "pattern": "^([01]?[0-9]|2[0-3]):[0-5]?[0-9]$", "examples": ["03:30"]}),
]


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        hint = nearest(value, available_timezones()) or "; write one such as Europe/Berlin"
        raise ValueError(f"{shown(value)} is not a time zone{hint}") from None
    return value


#: An IANA time zone.
TimeZone = Annotated[str, AfterValidator(_time_zone)]


def seconds_of(time_of_day: str) -> float:
    """Seconds after midnight of `03:30`."""
    hours, minutes = time_of_day.split(":")
    return int(hours) * 3600.0 + int(minutes) * 60.0


class Window(Model):
    """A window of a week, in local time."""

    days: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = Field(
        default_factory=lambda: list(WEEKDAYS), min_length=1, description="Days on which it opens."
    )
    start: TimeOfDay = Field("00:00", description="When it opens.")
    lasts: Duration = Field("24h", gt=0, description="How long it is open.")

    @property
    def opening(self) -> tuple[list[int], float, float]:
        """Days of the week (0: Monday), seconds after midnight, length: as the calendar knows it."""
        return [WEEKDAYS.index(day) for day in self.days], seconds_of(self.start), self.lasts
