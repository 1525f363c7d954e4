"""Timers of systemd: daily, with a random delay, and with a memory for a run that was missed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.kernel import Calendar, Keyed
from simulator.nodes.system import Looking


@dataclass(frozen=True)
class DailyTimer:
    """A timer at a time of the local day.

    purpose: names its draws. opens: seconds after midnight. random_delay: s, drawn anew each day. persistent: a run
    that was missed while the machine was off comes right after its boot, delayed like any other.
    """

    keyed: Keyed
    calendar: Calendar
    purpose: str
    opens: float
    random_delay: float
    persistent: bool

    def fires(self, looking: Looking, zone: str) -> np.ndarray:
        """When it fires next on each node, at or after a time."""
        found = self._daily(looking.nodes, looking.at, zone)
        missed = np.flatnonzero(np.isfinite(looking.off)) if self.persistent else np.zeros(0, int)
        if not missed.size:
            return found
        nodes, booted = looking.nodes[missed], looking.booted[missed]
        was_due = self._daily(nodes, looking.off[missed], zone) < booted
        delay = self.random_delay * self.keyed.uniform(f"{self.purpose}-missed", nodes, booted.astype(np.int64))
        after_boot = np.where(was_due & (booted + delay >= looking.at[missed]), booted + delay, np.inf)
        found[missed] = np.minimum(found[missed], after_boot)
        return found

    def _daily(self, nodes: np.ndarray, after: np.ndarray, zone: str) -> np.ndarray:
        opens = self.calendar.days(zone, self.opens)
        today = np.maximum(np.searchsorted(opens, after, side="right") - 1, 0)
        found = np.full(len(nodes), np.inf)
        for ahead in range(-1, 2):  # a delay may be longer than what is left of the day
            day = np.clip(today + ahead, 0, len(opens) - 1)
            fires = opens[day] + self.random_delay * self.keyed.uniform(self.purpose, nodes, day)
            found = np.where((fires >= after) & (fires < found), fires, found)
        return found
