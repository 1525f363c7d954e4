"""Incidents: from the page to the recovery.

The person on call acknowledges, finds the cause, decides, and works down the runbook: the first
remedy that can help and whose prerequisites are up. If none is up, the wait is on the record. If the
alert goes on afterwards, the next round of diagnosis begins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import simpy

from simulator.components import ActiveCondition
from simulator.kernel import Intervals, Keyed, Watch
from simulator.operations.alerts import AlertChain, Notification
from simulator.scenario.operations import Expression, OnCall, Remedy

ROUNDS = 8  # after so many fruitless rounds the person on call gives up


@dataclass
class Attempt:
    """One remedy tried: chosen and, when its prerequisites were up, started and finished. It is not complete where
    some of the clusters that need it wait for a prerequisite."""

    remedy: str
    cause: str
    decided_at: float
    started_at: float = np.nan
    done_at: float = np.nan
    waited_for: str = ""
    complete: bool = True


@dataclass
class Incident:
    """One outage as operations saw it; times in seconds, NaN when it did not come to that."""

    alert: str
    began_at: float
    cause: str = ""
    detected_at: float = np.nan
    paged_at: float = np.nan
    acknowledged_at: float = np.nan
    diagnosed_at: float = np.nan
    decided_at: float = np.nan
    recovered_at: float = np.nan
    attempts: list[Attempt] = field(default_factory=list)


class Levers(Protocol):
    """What people can pull; the run wires it to the rooms that do the work."""

    def biting(self, at: float, expr: Expression) -> list[ActiveCondition]:
        """Conditions at work at a time that make an expression true, the one that hits most first."""

    def refuses(self, remedy: Remedy, condition: ActiveCondition) -> str:
        """Why something does not let people take a remedy; '' where nothing does."""

    def ready_from(self, remedy: Remedy, condition: ActiveCondition, at: float) -> tuple[float, str]:
        """When the remedy's prerequisites are up in the first place it has to act, and what is waited for ('' for
        nothing)."""

    def pull(self, remedy: Remedy, condition: ActiveCondition, at: float) -> tuple[float, str]:
        """Start a remedy where its prerequisites are up; returns when it will have ended there, as planned now, and
        what the other places wait for ('' for nothing)."""


class OnCallProcess:
    """Watches one alert for the whole run."""

    def __init__(
        self,
        env: simpy.Environment,
        chain: AlertChain,
        watch: Watch,
        people: OnCall,
        remedies: list[Remedy],
        levers: Levers,
        blind: Callable[[], Intervals],
        keyed: Keyed,
        horizon: float,
        incidents: list[Incident],
        tell: Callable[..., None],
    ) -> None:
        self.env, self.chain, self.watch, self.people, self.remedies = env, chain, watch, people, remedies
        self.levers, self._blind, self.keyed, self.horizon = levers, blind, keyed, horizon
        self.incidents, self.tell = incidents, tell
        self._handled = 0

    def run(self):
        """The SimPy process."""
        after = -1.0
        while True:
            notification = self.chain.next(self.watch.intervals(), after, self._blind())
            if notification is None or notification.told > self.horizon:
                yield self.watch.changed
                continue
            if notification.told > self.env.now:
                yield self.env.timeout(notification.told - self.env.now) | self.watch.changed
                continue
            yield from self._handle(notification)
            after = self.env.now

    def _recovery(self, at: float) -> float:
        """When the alert's expression holds nowhere any more, as planned now."""
        holds = self.watch.intervals()
        everywhere = Intervals.of(np.zeros(len(holds), int), holds.begin, holds.end)
        return float(everywhere.over_from(np.zeros(1, int), np.array([at]))[0])

    def _handle(self, notification: Notification):
        name = self.chain.say.name
        number, self._handled = self._handled, self._handled + 1
        incident = Incident(name, notification.began, detected_at=notification.fires, paged_at=self.env.now)
        self.incidents.append(incident)
        self.tell(notification.fires, "alert fires", name)
        self.tell(self.env.now, "paged", name)
        yield from self._work(incident, number)
        yield from self._recovered(incident)

    def _work(self, incident: Incident, number: int):
        """What the person on call does until it is over, or until nothing is left to try."""
        people = self.people
        if not (yield from self._until(self.env.now + self._draw(people.acknowledge, "acknowledge", number))):
            return
        incident.acknowledged_at = self.env.now
        for round_ in range(ROUNDS):
            if not (yield from self._until(self.env.now + self._draw(people.diagnosis, "diagnosis", number, round_))):
                return
            suspects = self.levers.biting(self.env.now, self.chain.say.expr)
            if not suspects:  # nothing is broken: somebody is at work on the nodes
                return
            if round_ == 0:
                incident.diagnosed_at, incident.cause = self.env.now, suspects[0].name
            if not (yield from self._until(self.env.now + self._draw(people.decision, "decision", number, round_))):
                return
            if round_ == 0:
                incident.decided_at = self.env.now
            if not (yield from self._remedy(incident, suspects)):
                return

    def _remedy(self, incident: Incident, suspects: list[ActiveCondition]):
        """Take the first remedy that can help; returns whether one was taken."""
        for cause in suspects:
            going_on = [i for i in self.incidents if np.isnan(i.recovered_at)]  # what helped last time may help again
            started = [a for i in going_on for a in i.attempts if a.cause == cause.name and not np.isnan(a.started_at)]
            under_way = [a.done_at for a in started if np.isfinite(a.done_at) and a.done_at > self.env.now]
            if under_way:  # a colleague is at it because of another alert
                yield from self._until(min(under_way))
                return True
            tried = {a.remedy for a in started if a.complete}
            runbook = [
                r
                for r in self.remedies
                if r.name not in tried
                and (cause.cleared_by(r.clears) or r.action == "pause")
                and not self._refused(incident, r, cause)
            ]
            if not runbook:
                continue
            while True:
                chances = [(*self.levers.ready_from(r, cause, self.env.now), r) for r in runbook]
                at, waited, remedy = next(
                    (c for c in chances if c[0] <= self.env.now), min(chances, key=lambda c: c[0])
                )
                first_at, first_wait, first = chances[0]
                if first_at > self.env.now and not any(
                    a.remedy == first.name and np.isnan(a.started_at) for a in incident.attempts
                ):
                    incident.attempts.append(Attempt(first.name, cause.name, self.env.now, waited_for=first_wait))
                    self.tell(self.env.now, "remedy waits", first.name, cause=cause.name, note=f"for {first_wait}")
                if at <= self.env.now:
                    break
                if at > self.horizon:
                    yield self.watch.changed
                else:
                    yield self.env.timeout(at - self.env.now) | self.watch.changed
                if self._recovery(self.env.now) <= self.env.now:
                    return False
            attempt = next((a for a in incident.attempts if a.remedy == remedy.name and np.isnan(a.started_at)), None)
            if attempt is None:
                attempt = Attempt(remedy.name, cause.name, self.env.now)
                incident.attempts.append(attempt)
            attempt.started_at = self.env.now
            self.tell(self.env.now, "remedy started", remedy.name, cause=cause.name)
            attempt.done_at, waits = self.levers.pull(remedy, cause, self.env.now)
            if waits:
                attempt.waited_for, attempt.complete = waits, False
            if np.isfinite(attempt.done_at):
                yield from self._until(attempt.done_at)
            return True
        return False

    def _refused(self, incident: Incident, remedy: Remedy, cause: ActiveCondition) -> bool:
        """Whether something does not let people do that; it is on the record, once."""
        why = self.levers.refuses(remedy, cause)
        if why and remedy.name not in {a.remedy for a in incident.attempts}:
            incident.attempts.append(Attempt(remedy.name, cause.name, self.env.now, waited_for=f"refused: {why}"))
            self.tell(self.env.now, "remedy refused", remedy.name, cause=cause.name, note=why)
        return bool(why)

    def _recovered(self, incident: Incident):
        while (over := self._recovery(self.env.now)) > self.env.now:
            if over > self.horizon:
                yield self.watch.changed
            else:
                yield self.env.timeout(over - self.env.now) | self.watch.changed
        # The expression stopped to hold at the end of its last interval, which may lie a little back.
        ends = self.watch.intervals().end
        past = ends[(ends <= self.env.now + 1e-9) & (ends > incident.began_at)]
        incident.recovered_at = float(past.max()) if past.size else self.env.now
        self.tell(incident.recovered_at, "recovered", incident.alert, cause=incident.cause)

    def _until(self, at: float):
        """Wait until a time; returns False when it is over before."""
        while self.env.now < at:
            over = self._recovery(self.env.now)
            if over <= self.env.now:
                return False
            wake = min(at, over)
            pause = self.watch.changed
            yield pause | self.env.timeout(wake - self.env.now) if wake <= self.horizon else pause
        return self._recovery(self.env.now) > self.env.now

    def _draw(self, value: object, what: str, number: int, round_: int = 0) -> float:
        return float(
            self.keyed.draw(value, f"oncall.{self.chain.say.name}.{what}", np.array([number]), np.array([round_]))[0]
        )
