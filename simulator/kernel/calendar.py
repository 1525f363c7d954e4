"""The calendar: what the clock on the wall says at a simulated second.

Simulated time is seconds since the scenario's start; machines live in time zones, with summer time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

DAY = 86400.0


class Calendar:
    """Local days of a run that starts at `start` (an aware datetime) and lasts `horizon` seconds."""

    def __init__(self, start: datetime, horizon: float) -> None:
        self.start, self.horizon = start, horizon
        # Arithmetic goes by UTC: between two times of one zone, Python's goes by the clock on the wall.
        self._start = start.astimezone(UTC)
        self._days: dict[tuple[str, float], np.ndarray] = {}

    def instant(self, seconds: float) -> datetime:
        """Date and time, in the zone of the start."""
        return (self._start + timedelta(seconds=float(seconds))).astimezone(self.start.tzinfo)

    def days(self, zone: str, time_of_day: float) -> np.ndarray:
        """When it is `time_of_day` (seconds after midnight on the local clock) on each local day, from the
        day before the start to two days past the horizon. Rising.

        A time that the clocks skip comes when it would have come; of one that comes twice the first counts.
        """
        found = self._days.get((zone, time_of_day))
        if found is None:
            local = ZoneInfo(zone)
            first = datetime.combine(self._start.astimezone(local).date(), datetime.min.time())
            days = range(-1, int(self.horizon / DAY) + 4)
            wall = (first + timedelta(days=k, seconds=time_of_day) for k in days)
            found = np.array([(w.replace(tzinfo=local) - self._start).total_seconds() for w in wall])
            self._days[zone, time_of_day] = found
        return found

    def weekdays(self, zone: str) -> np.ndarray:
        """The day of the week (0: Monday) of each of these days."""
        first = self._start.astimezone(ZoneInfo(zone)).weekday() - 1
        return (first + np.arange(int(self.horizon / DAY) + 5)) % 7

    def open_from(self, zone: str, openings: list[tuple[list[int], float, float]], at: np.ndarray) -> np.ndarray:
        """The first time at or after `at` inside one of the weekly openings (days of the week, begin in seconds after
        midnight, length in seconds); NEVER past the days that are kept."""
        found = np.full(np.shape(at), np.inf)
        for weekdays, begins, lasts in openings:
            days = self.days(zone, begins)
            days = days[np.isin(self.weekdays(zone), weekdays)]
            index = np.searchsorted(days, at, side="right")
            inside = (index > 0) & (at < np.append(days, np.inf)[index - 1] + lasts)
            found = np.minimum(found, np.where(inside, at, np.append(days, np.inf)[index]))
        return found

    def opens_from(self, zone: str, weekdays: list[int], time_of_day: float, at: float) -> float:
        """The first time at or after `at` at which it is `time_of_day` there on one of the days of the week (0:
        Monday); NEVER past the days that are kept."""
        days = self.days(zone, time_of_day)
        days = days[np.isin(self.weekdays(zone), weekdays) & (days >= at)]
        return float(days[0]) if days.size else np.inf

    def next_daily(self, zone: str, time_of_day: float, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The first time at or after `after` at which it is `time_of_day` there; and the number of that day.
        NEVER past the days that are kept (all of them lie past the horizon)."""
        days = self.days(zone, time_of_day)
        index = np.searchsorted(days, after, side="left")
        inside = index < len(days)
        return np.where(inside, days[np.minimum(index, len(days) - 1)], np.inf), index

    def in_window(self, zone: str, begins: float, lasts: float, at: np.ndarray) -> np.ndarray:
        """Whether each time lies in the daily window from `begins` after midnight on, `lasts` long."""
        days = self.days(zone, begins)
        index = np.maximum(np.searchsorted(days, at, side="right") - 1, 0)
        return (at >= days[index]) & (at < days[index] + lasts)
