"""The detection chain: something holds, a scrape sees it, a rule counts, Alertmanager waits and tells.

What is over before a scrape is invisible; what ends while the rule counts starts anew; what resolves
inside group_wait is never told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.kernel import Intervals, Keyed
from simulator.scenario.operations import Alert


@dataclass(frozen=True)
class Notification:
    """began: when the fact began to hold anywhere; fires: when the rule does; told: when the page goes out; group: whose it is."""

    began: float
    fires: float
    told: float
    group: int


class AlertChain:
    """One alert with its clocks; their phases are drawn once for a run."""

    def __init__(self, alert: Alert, keyed: Keyed) -> None:
        self.say = alert
        here = np.zeros(1, int)
        self._scrape = alert.scrape_interval * float(keyed.uniform(f"{alert.name}.scrape", here)[0])
        self._evaluate = alert.evaluation_interval * float(keyed.uniform(f"{alert.name}.evaluation", here)[0])

    def chain(self, holds: Intervals) -> tuple[np.ndarray, np.ndarray]:
        """For each interval on which the expression holds: when the rule fires and when the page goes out, NEVER
        where it is over before."""
        say = self.say
        seen = _next_tick(holds.begin, self._scrape, say.scrape_interval)
        pending = _next_tick(seen, self._evaluate, say.evaluation_interval)
        counted = np.ceil(say.for_ / say.evaluation_interval - 1e-9) * say.evaluation_interval
        fires = pending + counted
        # The scrape that the last evaluation reads is at most one interval old.
        last_scrape = np.maximum(seen, fires - np.mod(fires - self._scrape, say.scrape_interval))
        fires = np.where((seen < holds.end) & (last_scrape < holds.end), fires, np.inf)
        told = fires + say.group_wait
        return fires, np.where(told < holds.end, told, np.inf)

    def next(self, holds: Intervals, after: float) -> Notification | None:
        """The first notification after a time, as planned now."""
        if not len(holds):
            return None
        fires, told = self.chain(holds)
        fits = np.isfinite(told) & (told > after)
        if not fits.any():
            return None
        first = np.flatnonzero(fits)[np.argmin(told[fits])]
        # What went wrong may have begun elsewhere before it lasted long enough here.
        going_on = (holds.begin <= told[first]) & (holds.end > told[first])
        return Notification(float(holds.begin[going_on].min()), float(fires[first]), float(told[first]),
                            int(holds.entity[first]))


def _next_tick(at: np.ndarray, phase: float, period: float) -> np.ndarray:
    """The first tick of a clock at or after a time."""
    return phase + np.ceil((at - phase) / period) * period
