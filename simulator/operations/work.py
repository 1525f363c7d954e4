"""Work on a remedy, from the first hand on it to the last: it goes on when the alert is long over."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import simpy

from simulator.components import ActiveCondition
from simulator.operations.incidents import Attempt, Pause
from simulator.operations.levers import Levers, Pulled
from simulator.operations.team import Seat, Team
from simulator.scenario.operations import Remedy


class Work:
    """One remedy under way, tier by tier; a SimPy process of its own.

    What an order of tiers asks is looked at when its time has come, not planned ahead: a machine may die again
    before the next tier begins.
    """

    def __init__(
        self,
        env: simpy.Environment,
        levers: Levers,
        team: Team,
        seat: Seat,
        attempt: Attempt,
        remedy: Remedy,
        cause: ActiveCondition,
        tell: Callable[..., None],
    ) -> None:
        self.env, self.levers, self.team, self.seat, self.tell = env, levers, team, seat, tell
        self.attempt, self.remedy, self.cause = attempt, remedy, cause
        self.finished = env.event()
        self._orphaned = False
        self._tiers = iter(range(len(remedy.order) + 1))
        self._tier = 0
        self._at_work = self._next()  # at once, before anything else happens at this time
        env.process(self._run())

    def leave_to_itself(self) -> None:
        """Nobody waits for it any more: its people go when it is done."""
        self._orphaned = True
        if self.finished.triggered:
            self.team.leave(self.seat)

    def _run(self):
        """The SimPy process."""
        while self._at_work is not None:
            pulled = self._at_work
            if np.isfinite(pulled.done_at) and pulled.done_at > self.env.now:
                yield self.env.timeout(pulled.done_at - self.env.now)
            if not (yield from self._all_back(pulled)) or not (yield from self._ready()):
                break
            self._at_work = self._next()
        self.team.leave(self.seat, keep=0 if self._orphaned else 1)
        self.finished.succeed()

    def _next(self) -> Pulled | None:
        """Begin the next tier in which somebody is hit."""
        for tier in self._tiers:
            pulled = self.levers.pull(self.remedy, self.cause, self.env.now, tier)
            if pulled is None:
                continue
            if self.remedy.order and len(pulled.clusters):
                self.tell(
                    self.env.now,
                    "tier begun",
                    self.remedy.name,
                    count=max(len(pulled.nodes), len(pulled.clusters)),
                    cause=self.cause.name,
                    note=self._name(tier),
                )
            attempt = self.attempt
            attempt.done_at = pulled.done_at
            attempt.nodes = np.union1d(attempt.nodes, pulled.nodes)
            attempt.undone_at = pulled.undone_at if np.isnan(attempt.undone_at) else attempt.undone_at
            if pulled.waits:
                attempt.waited_for = pulled.waits
                attempt.complete &= pulled.complete
                attempt.pauses += [Pause(*pulled.pause, pulled.waits)] if pulled.pause else []
                attempt.circular |= self.levers.circular(self.cause, pulled.waits, self.env.now)
            self._tier = tier
            return pulled
        return None

    def _name(self, tier: int) -> str:
        order = self.remedy.order
        return f"tier {tier + 1} of {len(order) + 1}: {order[tier] if tier < len(order) else 'the rest'}"

    def _all_back(self, pulled: Pulled):
        """Wait until all of a tier are back; returns whether the next may begin."""
        if self._tier == len(self.remedy.order):
            return False  # it was the last
        if pulled.waits and not pulled.complete:
            return False  # some of the tier are left out: they come first
        while (back := self.levers.back_from(self.remedy, self.cause, pulled, self.env.now)) > self.env.now:
            if not np.isfinite(back):
                name = self._name(self._tier)
                self._stops(name, f"{name} does not come back")
                return False
            yield self._pause(back)
        return True

    def _ready(self):
        """Wait until the prerequisites are up where the next tier is; returns whether they will be."""
        pause = None
        while (chance := self.levers.ready_from(self.remedy, self.cause, self.env.now))[0] > self.env.now:
            at, what = chance
            if not np.isfinite(at):
                self._stops(what, f"for {what}")
                return False
            if pause is None:
                pause, self.attempt.waited_for = Pause(self.env.now, np.inf, what), what
                self.attempt.pauses.append(pause)
                self.tell(self.env.now, "remedy waits", self.remedy.name, cause=self.cause.name, note=f"for {what}")
            yield self._pause(at)
        if pause is not None:
            pause.until = self.env.now
        return True

    def _pause(self, until: float) -> simpy.Event:
        self.attempt.done_at = until  # it is under way, as others see it
        return self.env.timeout(until - self.env.now)

    def _stops(self, what: str, why: str) -> None:
        self.attempt.waited_for, self.attempt.complete = what, False
        self.attempt.circular |= self.levers.circular(self.cause, what, self.env.now)
        self.tell(self.env.now, "remedy stops", self.remedy.name, cause=self.cause.name, note=why)
