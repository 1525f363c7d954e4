"""Watches: a predicate on what is planned, and when it will have held for long enough.

The crossing is predicted from the agenda and predicted again only when something it depends on has
changed; nothing is polled.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import simpy

from simulator.kernel.intervals import Intervals


class Watch:
    """When a predicate holds, for `size` groups.

    holds: from a bool mask of groups to the intervals on which the predicate holds for those groups, as
    planned now, over the whole run.
    """

    def __init__(self, env: simpy.Environment, size: int, holds: Callable[[np.ndarray], Intervals]) -> None:
        self.env, self.size, self._holds = env, size, holds
        self._stale = np.ones(size, bool)
        self._known = Intervals.none()
        self.changed = env.event()

    def touch(self, groups: np.ndarray | None = None) -> None:
        """Something these groups depend on (default: all) is planned otherwise now."""
        if groups is None:
            self._stale[:] = True
        else:
            self._stale[groups] = True
        if not self.changed.triggered:
            self.changed.succeed()

    def intervals(self) -> Intervals:
        """The intervals on which the predicate holds, as planned now; entity is the group."""
        if self._stale.any():
            kept = self._known.of_entities(~self._stale)
            self._known = kept.union(self._holds(self._stale.copy()))
            self._stale[:] = False
        if self.changed.triggered:
            self.changed = self.env.event()
        return self._known

    def next_crossing(self, lasting: float = 0.0, after: float = 0.0) -> tuple[float, int]:
        """The first time at or after `after` at which it has held for `lasting`, and the group; (NEVER, -1)
        when there is none."""
        found = self.intervals()
        at = np.maximum(found.begin + lasting, after)
        fits = at < found.end
        if not fits.any():
            return np.inf, -1
        first = np.flatnonzero(fits)[np.argmin(at[fits])]
        return float(at[first]), int(found.entity[first])
