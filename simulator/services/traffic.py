"""The traffic of one service: what its clusters are asked for, what they can serve, and what too much does to them.

Where a cluster is down its users go elsewhere, if they may, and the others carry them besides their own. More
than a cluster can serve is turned away, and comes again if clients repeat what has failed, so that an overload ends
only when there is room for the repetitions too. A service that does not turn away collapses, which sends its
users to the next; and what comes back meets all who have waited, unless they are let in step by step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simulator import facts
from simulator.kernel import NEVER, Intervals, Weighted
from simulator.scenario.service import Admission, Service

_MOST_EVENTS = 200_000  # a service that collapses every few seconds for years


@dataclass(frozen=True)
class Story:
    """What came of it: when clusters had collapsed, when they turned requests away, and how much was not served, in
    seconds of each cluster's own demand."""

    collapsed: Intervals
    overloaded: Intervals
    unserved: np.ndarray


class Traffic:
    """group: for each cluster the number of those among which users are moved. down: when the service is down by
    itself, missing: which replicas are missing; both for a mask of clusters."""

    def __init__(
        self,
        service: Service,
        replicas: np.ndarray,
        present: np.ndarray,
        group: np.ndarray,
        down: Callable[[np.ndarray], Intervals],
        missing: Callable[[np.ndarray], Weighted],
        horizon: float,
    ) -> None:
        self._say, self._replicas, self._present = service.traffic, replicas, present
        self._group = np.unique(group, return_inverse=True)[1]
        self._down, self._missing, self._horizon = down, missing, horizon
        self._first_gap = facts.get("kubernetes.pod.crashloop_backoff").seconds
        self._longest_gap = facts.get("kubernetes.pod.image_pull_backoff_max").seconds
        self._reset = facts.get("kubernetes.pod.crashloop_reset").seconds
        self._told: tuple[bytes, Story] | None = None
        #: From when on people let users in step by step; and how often that was changed.
        self.throttled_from, self.changes = NEVER, 0

    def throttle(self, at: float) -> None:
        """Users are let in step by step from a time on, wherever the service comes back or turns them away."""
        if at < self.throttled_from:
            self.throttled_from = at
            self.changes += 1

    def story(self) -> Story:
        """As planned now."""
        everywhere = np.ones(len(self._replicas), bool)
        down, missing = self._down(everywhere), self._missing(everywhere)
        key = np.array(self.throttled_from).tobytes() + b"".join(
            np.ascontiguousarray(c).tobytes() for c in (down.entity, down.begin, down.end, *missing)
        )
        if self._told is None or self._told[0] != key:
            self._told = key, _Day(self, down, missing).story()
        return self._told[1]


class _Day:
    """The traffic from the start to the horizon, from one change to the next. Arrays are by cluster."""

    def __init__(self, traffic: Traffic, down: Intervals, missing: Weighted) -> None:
        self.of, self.say, size = traffic, traffic._say, len(traffic._replicas)
        where, begin, end, count = missing
        times = np.concatenate([begin, end, down.begin, down.end])
        at = np.concatenate([where, where, down.entity, down.entity]).astype(int)
        fewer = np.concatenate([count, -count, np.zeros(2 * len(down))])
        downs = np.concatenate([np.zeros(2 * len(where)), np.ones(len(down)), -np.ones(len(down))])
        order = np.argsort(times, kind="stable")
        order = order[times[order] < traffic._horizon]
        self._times, self._at, self._fewer, self._downs = times[order], at[order], fewer[order], downs[order]
        self._next = 0
        self.gone, self.is_down = np.zeros(size), np.zeros(size)
        self.was_up = traffic._present.copy()
        self.collapsed_until, self.gap = np.zeros(size), np.full(size, traffic._first_gap)
        self.up_since, self.herd_until = np.full(size, -NEVER), np.zeros(size)
        self.admitted, self.next_step = np.ones(size), np.full(size, NEVER)
        self.overloaded = np.zeros(size, bool)
        self._throttle_at = traffic.throttled_from
        self.unserved = np.zeros(size)
        self._rows: dict[str, list[tuple[int, float, float]]] = {"collapsed": [], "overloaded": []}
        self._since = {"collapsed": np.full(size, NEVER), "overloaded": np.full(size, NEVER)}

    def story(self) -> Story:
        now, horizon = 0.0, self.of._horizon
        for _ in range(_MOST_EVENTS):
            self._take(now)
            lost = self._settle(now)
            later = min(self._next_event(now), horizon)
            self.unserved += lost * (later - now)
            now = later
            if now >= horizon:
                break
        collapsed, overloaded = (self._closed(what) for what in ("collapsed", "overloaded"))
        return Story(collapsed, overloaded, self.unserved)

    def _take(self, now: float) -> None:
        """What has changed by now, of replicas and of clusters that are down by themselves."""
        end = int(np.searchsorted(self._times, now, side="right"))
        part = slice(self._next, end)
        np.add.at(self.gone, self._at[part], self._fewer[part])
        np.add.at(self.is_down, self._at[part], self._downs[part])
        self._next = end

    def _settle(self, now: float) -> np.ndarray:
        """Who serves whom now; a collapse moves its users on, which may bring down the next. Returns the share of each
        cluster's own demand that is not served there (above 1 where it turns away users of others)."""
        say, of = self.say, self.of
        while True:
            up = of._present & (self.is_down < 0.5) & (self.collapsed_until <= now)
            self._come_back(up & ~self.was_up, now)
            self.was_up = up
            can = np.where(up, np.maximum(of._replicas - self.gone, 0) * say.capacity, 0.0)
            asked, homeless = self._routed(up, can)
            herd = np.where(now < self.herd_until, say.herd.factor if say.herd else 1.0, 1.0)
            comes = asked * herd * self.admitted
            repeated = comes * (1 + say.retries)
            over = up & (np.where(self.overloaded, repeated, comes) > can * (1 + 1e-9))
            falls = over if say.overload == "collapses" else np.zeros(len(over), bool)
            if not falls.any():
                break
            long_up = now - self.up_since >= of._reset
            self.gap = np.where(falls & long_up, of._first_gap, self.gap)
            self.collapsed_until = np.where(falls, now + self.gap, self.collapsed_until)
            self.gap = np.where(falls, np.minimum(2 * self.gap, of._longest_gap), self.gap)
        self.overloaded = over
        self._note("collapsed", of._present & (self.is_down < 0.5) & (self.collapsed_until > now), now)
        self._note("overloaded", over, now)
        served = np.minimum(asked * self.admitted, can)
        return (asked - served + homeless) / say.demand

    def _come_back(self, who: np.ndarray, now: float) -> None:
        if not who.any():
            return
        self.up_since[who] = now
        if self.say.herd is not None:
            self.herd_until[who] = now + self.say.herd.lasts
        if self.admission(now) is not None:
            self._let_in_by_steps(who, now)

    def admission(self, now: float) -> Admission | None:
        """How users are let in: as declared, or by the usual steps once somebody throttles."""
        if self.say.admission is not None:
            return self.say.admission
        return Admission() if now >= self.of.throttled_from else None

    def _let_in_by_steps(self, who: np.ndarray, now: float) -> None:
        admission = self.admission(now)
        self.admitted[who], self.next_step[who] = admission.step, now + admission.every

    def _routed(self, up: np.ndarray, can: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What each cluster is asked for, and what of its own users finds no cluster at all."""
        demand = np.where(self.of._present, self.say.demand, 0.0)
        groups = int(self.of._group.max()) + 1
        homeless = np.where(up, 0.0, demand)
        if self.say.failover == "none":
            return np.where(up, demand, 0.0), homeless
        orphans = np.bincount(self.of._group, homeless, groups)
        room = np.bincount(self.of._group, can, groups)
        found = room > 0
        share = np.where(found, orphans / np.where(found, room, 1.0), 0.0)
        asked = np.where(up, demand + share[self.of._group] * can, 0.0)
        return asked, np.where(found[self.of._group], 0.0, homeless)

    def _next_event(self, now: float) -> float:
        if self._throttle_at <= now:
            self._throttle_at = NEVER
            self._let_in_by_steps(self.was_up & self.overloaded, now)
            return now
        admission = self.admission(now)
        if admission is not None:  # the next step is taken when the last has passed
            step = self.was_up & (self.next_step <= now)
            self.admitted[step] = np.minimum(self.admitted[step] + admission.step, 1.0)
            self.next_step[step] = np.where(self.admitted[step] < 1.0, now + admission.every, NEVER)
            if step.any():
                return now
        times = [self._times[self._next]] if self._next < len(self._times) else []
        times += [self._throttle_at] if self._throttle_at < NEVER else []
        for clock in (self.collapsed_until, self.herd_until, self.next_step):
            ahead = clock[clock > now]
            times += [ahead.min()] if ahead.size else []
        return float(min(times, default=NEVER))

    def _note(self, what: str, holds: np.ndarray, now: float) -> None:
        since = self._since[what]
        for cluster in np.flatnonzero(~holds & (since < NEVER)):
            self._rows[what].append((cluster, since[cluster], now))
        since[~holds] = NEVER
        since[holds & (since == NEVER)] = now

    def _closed(self, what: str) -> Intervals:
        self._note(what, np.zeros(len(self.unserved), bool), NEVER)
        if not self._rows[what]:
            return Intervals.none()
        cluster, begin, end = zip(*self._rows[what], strict=True)
        return Intervals.of(np.array(cluster), np.array(begin), np.array(end))
