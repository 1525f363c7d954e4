"""The detection chain: something holds, a scrape sees it, a rule counts, Alertmanager waits and tells.

What is over before a scrape is invisible, and so is a gap between two scrapes; what ends while the
rule counts starts anew; what resolves inside group_wait is never told. What is new in a group that was
told already waits for the group's next turn, every group_interval; a group is gone when nothing of it
fires at its turn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.kernel import Intervals, Keyed
from simulator.scenario.operations import Alert


@dataclass(frozen=True)
class Notification:
    """began: when the fact began to hold anywhere; fires: when the rule does; told: when the page goes out; group:
    whose it is; opens: it is the first of its group of alerts."""

    began: float
    fires: float
    told: float
    group: int
    opens: bool = True


class AlertChain:
    """One alert with its clocks; their phases are drawn once for a run."""

    def __init__(self, alert: Alert, keyed: Keyed) -> None:
        self.say = alert
        here = np.zeros(1, int)
        self._scrape = alert.scrape_interval * float(keyed.uniform(f"{alert.name}.scrape", here)[0])
        self._evaluate = alert.evaluation_interval * float(keyed.uniform(f"{alert.name}.evaluation", here)[0])

    def chain(self, holds: Intervals) -> tuple[Intervals, np.ndarray, np.ndarray]:
        """When the expression is true as the rule evaluates it, when the rule fires in each of these times, and when
        the page goes out (NEVER: it is over before)."""
        true = Intervals.of(holds.entity, self._evaluated(holds.begin), self._evaluated(holds.end))
        rounds = np.ceil(self.say.for_ / self.say.evaluation_interval - 1e-9)
        fires = true.begin + rounds * self.say.evaluation_interval
        fires = np.where(fires < true.end, fires, np.inf)
        told = fires + self.say.group_wait
        return true, fires, np.where(told < true.end, told, np.inf)

    def _evaluated(self, at: np.ndarray) -> np.ndarray:
        """The evaluation that first knows what began (or ended) at a time: the one after the next scrape."""
        seen = _next_tick(at, self._scrape, self.say.scrape_interval)
        return _next_tick(seen, self._evaluate, self.say.evaluation_interval)

    def seen(self, holds: Intervals) -> Intervals:
        """When it holds for those who only see what is evaluated: a gap that no evaluation sees is none."""
        if len(holds) < 2:
            return holds
        gap = np.flatnonzero(holds.entity[1:] == holds.entity[:-1])
        gap = gap[self._evaluated(holds.begin[gap + 1]) <= self._evaluated(holds.end[gap])]
        if not gap.size:
            return holds
        return holds.union(Intervals(holds.entity[gap], holds.end[gap], holds.begin[gap + 1]))

    def next(
        self, holds: Intervals, after: float, blind: Intervals | None = None, group: float | None = None
    ) -> Notification | None:
        """The first notification after a time, as planned now. blind: when nothing can be seen or told. group: when
        the last group of alerts was first told."""
        true, fires, told = self.chain(holds if blind is None else holds.minus(blind))
        late = np.zeros(len(fires), bool)
        if group is not None:
            told[(fires <= group) & (told > group)] = group  # it was told along with the first
            late = self._joins(true, fires, group)
        if late.any():  # the group is still there, and has its turns
            turn = group + np.ceil((fires[late] - group) / self.say.group_interval) * self.say.group_interval
            told[late] = np.where(turn < true.end[late], turn, np.inf)
        fits = np.isfinite(told) & (told > after)
        if not fits.any():
            return None
        first = np.flatnonzero(fits)[np.argmin(told[fits])]
        # What went wrong may have begun elsewhere before it lasted long enough here.
        going_on = (holds.begin <= told[first]) & (self._evaluated(holds.end) > told[first])
        return Notification(
            float(holds.begin[going_on].min()),
            float(fires[first]),
            float(told[first]),
            int(true.entity[first]),
            not late[first],
        )

    def _joins(self, true: Intervals, fires: np.ndarray, group: float) -> np.ndarray:
        """What fires (bool) while a group that was first told at a time is there: until, at one of its turns, nothing
        fires any more."""
        fired = np.isfinite(fires)
        firing = Intervals.of(np.zeros(int(fired.sum()), int), fires[fired], true.end[fired])
        turn, here = group + self.say.group_interval, np.zeros(1, int)
        while turn < (over := float(firing.over_from(here, np.array([turn]))[0])) < np.inf:
            turn = max(over, group + np.ceil((over - group) / self.say.group_interval) * self.say.group_interval)
        gone = turn if over <= turn else np.inf
        return fired & (fires > group) & (fires <= gone)


def _next_tick(at: np.ndarray, phase: float, period: float) -> np.ndarray:
    """The first tick of a clock at or after a time."""
    return phase + np.ceil((at - phase) / period) * period
