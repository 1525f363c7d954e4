"""Nebraska: an update server that lets so many nodes of a group update in a period, and one alone at first."""

from __future__ import annotations

from bisect import bisect_right, insort
from heapq import heapify, heappop, heappush

import numpy as np
from pydantic import Field

from simulator.kernel import NEVER, Calendar, Polls
from simulator.scenario.base import Duration, Model, Whole
from simulator.scenario.window import Window

OFFICE_HOURS = Window(days=["mon", "tue", "wed", "thu", "fri"], start="09:00", lasts="8h")


class Nebraska(Model):
    """An update server of one's own, with a policy for this pool in all its clusters."""

    max_updates: Whole | None = Field(
        None,
        ge=1,
        description="Updates that may begin in a period, and that may be in progress at once; default: no limit.",
        json_schema_extra={"fact": "flatcar.nebraska.seeded_groups"},
    )
    period: Duration = Field(
        "15m", gt=0, description="The period.", json_schema_extra={"fact": "flatcar.nebraska.sample_policy"}
    )
    timeout: Duration = Field(
        "60m",
        gt=0,
        description="An update that has not been reported complete after this has timed out.",
        json_schema_extra={"fact": "flatcar.nebraska.sample_policy"},
    )
    safe_mode: bool = Field(
        False,
        description="The first update goes alone, and when maxUpdates of them have timed out the group is disabled.",
        json_schema_extra={"fact": "flatcar.nebraska.safe_mode"},
    )
    office_hours: bool = Field(
        False,
        description="Updates only from Monday to Friday, 9 to 17, local time.",
        json_schema_extra={"fact": "flatcar.nebraska.office_hours"},
    )
    enabled: bool = Field(True, description="false: nobody gets an update.")


class Policy:
    """What Nebraska lets a group do.

    It remembers what it has granted: by node, when the update began, when it is through or has timed out, and whether
    it completes.
    """

    def __init__(self, say: Nebraska, calendar: Calendar) -> None:
        self.say, self.calendar = say, calendar
        self._granted: dict[int, tuple[float, float, bool]] = {}

    def admit(
        self, nodes: np.ndarray, looks: np.ndarray, lasts: np.ndarray, succeeds: np.ndarray, zone: str, checks: Polls
    ) -> np.ndarray:
        """When nodes get an update that they first ask for at `looks`; NEVER: they do not. One that is refused asks
        again at its next check. A later grant of a node that asks anew is void.

        lasts: from the grant until the update is complete; succeeds: whether it will be (bool).
        """
        found = np.full(len(nodes), NEVER)
        if not self.say.enabled:
            return found
        for node, look in zip(nodes.tolist(), looks.tolist(), strict=True):
            if node in self._granted and self._granted[node][0] >= look:
                del self._granted[node]
        history = _History(self._granted.values())
        asks = [(at, k) for k, at in enumerate(looks.tolist()) if np.isfinite(at)]
        heapify(asks)
        while asks and asks[0][0] <= self.calendar.horizon:
            at, k = heappop(asks)
            free = self._open_from(self._free_from(at, history), zone)
            if free <= at:
                over = at + self.say.timeout
                completes = bool(succeeds[k]) and at + lasts[k] <= over
                grant = (at, at + float(lasts[k]) if completes else over, completes)
                history.add(*grant)
                found[k], self._granted[int(nodes[k])] = at, grant
            elif np.isfinite(free):
                heappush(asks, (float(checks.next_after(nodes[k : k + 1], free)[0]), k))
        return found

    def _open_from(self, at: float, zone: str) -> float:
        if not self.say.office_hours or not np.isfinite(at):
            return at
        return float(self.calendar.open_from(zone, [OFFICE_HOURS.opening], np.array([at]))[0])

    def _free_from(self, at: float, history: _History) -> float:
        """When the group may begin another update, at or after a time; NEVER: it is disabled."""
        most = self.say.max_updates
        limit = most or 1
        if self.say.safe_mode and history.timed_out(at) >= limit:
            return NEVER
        free = at
        if most is not None:
            free = max(free, history.begun_again(at, most, self.say.period))
        if self.say.safe_mode and not history.through(at):
            most = 1  # the first one goes alone until it is through
        if most is not None:
            free = max(free, history.fewer_than(most, at))
        return free


class _History:
    """Updates of a group: when they began, when they were through, and which of them timed out; each sorted."""

    def __init__(self, updates) -> None:
        self.begins: list[float] = []
        self.ends: list[float] = []
        self.late: list[float] = []
        for update in updates:
            self.add(*update)

    def add(self, begins: float, ends: float, completes: bool) -> None:
        insort(self.begins, begins)
        insort(self.ends, ends)
        if not completes:
            insort(self.late, ends)

    def timed_out(self, at: float) -> int:
        """How many had timed out by a time."""
        return bisect_right(self.late, at)

    def through(self, at: float) -> int:
        """How many were through, or had timed out, by a time."""
        return bisect_right(self.ends, at)

    def begun_again(self, at: float, most: int, period: float) -> float:
        """When fewer than `most` have begun within the last period, at or after a time."""
        begun = bisect_right(self.begins, at)
        return self.begins[begun - most] + period if begun >= most else at

    def fewer_than(self, most: int, at: float) -> float:
        """When fewer than `most` are in progress, at or after a time."""
        through = self.through(at)
        surplus = bisect_right(self.begins, at) - through - most
        return self.ends[through + surplus] if surplus >= 0 else at
