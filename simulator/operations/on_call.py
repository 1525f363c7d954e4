"""The person on call, from the page to the recovery.

Somebody acknowledges, finds the cause, decides, and works down the runbook: the first remedy that can
help and whose prerequisites are up. If none is up, the wait is on the record, and whoever waits is free
for another page. If the alert goes on afterwards, the next round of diagnosis begins.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import simpy

from simulator.components import ActiveCondition
from simulator.kernel import Intervals, Watch
from simulator.operations.alerts import AlertChain, Notification
from simulator.operations.incidents import Attempt, Incident
from simulator.operations.levers import Levers
from simulator.operations.team import Seat, Team
from simulator.operations.work import Work
from simulator.scenario.operations import Remedy

ROUNDS = 8  # after so many fruitless rounds in one incident people give up


class OnCallProcess:
    """Watches one alert for the whole run."""

    def __init__(
        self,
        env: simpy.Environment,
        chain: AlertChain,
        watch: Watch,
        team: Team,
        remedies: list[Remedy],
        levers: Levers,
        blind: Callable[[], Intervals],
        horizon: float,
        incidents: list[Incident],
        tell: Callable[..., None],
    ) -> None:
        self.env, self.chain, self.watch, self.team, self.remedies = env, chain, watch, team, remedies
        self.levers, self._blind, self.horizon = levers, blind, horizon
        self.incidents, self.tell = incidents, tell
        self._handled = 0
        self._round = 0  # of the incident at hand
        self._seat: Seat | None = None  # of whoever works on it

    def run(self):
        """The SimPy process."""
        after, group = -1.0, None
        while True:
            notification = self.chain.next(self.watch.intervals(), after, self._blind(), group)
            if notification is None or notification.told > self.horizon:
                yield self.watch.changed
                continue
            if notification.told > self.env.now:
                yield self.env.timeout(notification.told - self.env.now) | self.watch.changed
                continue
            group = notification.told if notification.opens else group
            yield from self._handle(notification, group)
            after = self.env.now

    def _recovery(self, at: float) -> float:
        """When the alert's expression holds nowhere any more, as planned now. A gap that nobody sees is none."""
        holds = self.chain.seen(self.watch.intervals())
        everywhere = Intervals.of(np.zeros(len(holds), int), holds.begin, holds.end)
        return float(everywhere.over_from(np.zeros(1, int), np.array([at]))[0])

    def _handle(self, notification: Notification, group: float):
        """group: when the group of alerts was first told."""
        say = self.chain.say
        number, self._handled = self._handled, self._handled + 1
        self._round = 0
        incident = Incident(
            say.name,
            notification.began,
            severity=say.severity,
            detected_at=notification.fires,
            paged_at=self.env.now,
        )
        self.incidents.append(incident)
        self.tell(notification.fires, "alert fires", say.name)
        while True:
            yield from self._called(incident, number)
            if not (yield from self._recovered(incident, group)):
                return
            incident.pages += 1

    def _called(self, incident: Incident, number: int):
        """Somebody is told, comes, and does what can be done."""
        name, now, call = incident.alert, self.env.now, incident.pages - 1
        if incident.severity == "ticket":
            self.tell(now, "ticket", name)
            looks = self.team.reads_tickets(now)
        else:
            self.tell(now, "paged", name, **({"note": "more of the group are firing"} if call else {}))
            self.team.paged(now)
            looks = self.team.acknowledges(name, number, call, now)
        if not (yield from self._until(looks)):
            return
        if (yield from self._sit(1, incident)):
            if np.isnan(incident.acknowledged_at):
                incident.acknowledged_at = self.env.now
            yield from self._work(incident, number, now)
        self._stand()

    def _work(self, incident: Incident, number: int, paged: float):
        """What the person on call does until it is over, or until nothing is left to try."""
        name, team = incident.alert, self.team
        while self._round < ROUNDS:
            round_, self._round = self._round, self._round + 1
            if not (yield from self._until(team.diagnoses(name, number, round_, self.env.now, paged))):
                return
            suspects = self.levers.biting(self.env.now, self.chain.say.expr)
            if not suspects:  # nothing is broken: somebody is at work on the nodes
                return
            if round_ == 0 and (lost := team.errs_for(name, number)):
                incident.misdiagnosed_at = self.env.now
                self.tell(self.env.now, "wrong diagnosis", name, cause=suspects[0].name)
                if not (yield from self._until(self.env.now + lost)):
                    return
                continue
            if np.isnan(incident.diagnosed_at):
                incident.diagnosed_at, incident.cause = self.env.now, suspects[0].name
            if not (yield from self._until(team.decides(name, number, round_, self.env.now))):
                return
            if np.isnan(incident.decided_at):
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
                self._stand()
                yield from self._until(min(under_way))
                return (yield from self._sit(1, incident))
            runbook = [
                r
                for r in self.remedies
                if r.name not in self._tried(cause, started)
                and (cause.cleared_by(r.clears) or r.action == "pause")
                and not self._refused(incident, r, cause)
            ]
            if runbook:
                return (yield from self._first_that_can(incident, cause, runbook))
        return False

    def _tried(self, cause: ActiveCondition, started: list[Attempt]) -> set[str]:
        """What has been tried, or was undone by the GitOps engine at any time: people learn that. What acts on single
        nodes has not been tried on those that were hit since."""
        undone = {
            a.remedy
            for i in self.incidents
            for a in i.attempts
            if a.cause == cause.name and a.undone_at <= self.env.now
        }
        tried = {a.remedy for a in started if a.complete}
        for remedy in self.remedies:
            if remedy.name in tried:
                nodes = np.concatenate([a.nodes for a in started if a.remedy == remedy.name])
                if self.levers.others_hit(remedy, cause, nodes, self.env.now):
                    tried.discard(remedy.name)
        return undone | tried

    def _first_that_can(self, incident: Incident, cause: ActiveCondition, runbook: list[Remedy]):
        """Take the first whose prerequisites are up and for which there are people; returns whether one was taken."""
        while True:
            now = self.env.now
            chances = [(*self.levers.ready_from(r, cause, now), r) for r in runbook]
            at, _, remedy = next((c for c in chances if c[0] <= now), min(chances, key=lambda c: c[0]))
            first_at, first_wait, first = chances[0]
            if first_at > now:
                self._waits(incident, first, cause, first_wait)
            if at <= now:
                if not (yield from self._sit(remedy.needs_people, incident, remedy, cause)):
                    return False
                if self.env.now > now:  # what was up before people were free may be down now
                    continue
                break
            self._stand()
            if at > self.horizon:
                yield self.watch.changed
            else:
                yield self.env.timeout(at - now) | self.watch.changed
            if self._recovery(self.env.now) <= self.env.now:
                return False
        attempt = self._waiting(incident, remedy)
        if attempt is None:
            attempt = Attempt(remedy.name, cause.name, self.env.now)
            incident.attempts.append(attempt)
        attempt.started_at = self.env.now
        self.tell(self.env.now, "remedy started", remedy.name, cause=cause.name)
        work = Work(self.env, self.levers, self.team, self._seat, attempt, remedy, cause, self.tell)
        if not (yield from self._happens(work.finished)):
            work.leave_to_itself()
            self._seat = None
            return False
        return True

    def _waiting(self, incident: Incident, remedy: Remedy) -> Attempt | None:
        """The attempt at a remedy that has been decided and not begun."""
        return next((a for a in incident.attempts if a.remedy == remedy.name and np.isnan(a.started_at)), None)

    def _waits(self, incident: Incident, remedy: Remedy, cause: ActiveCondition, what: str) -> None:
        """A remedy waits for something; it is on the record, once."""
        if self._waiting(incident, remedy) is not None:
            return
        now = self.env.now
        circular = self.levers.circular(cause, what, now)
        incident.attempts.append(
            Attempt(remedy.name, cause.name, now, waited_for=what, waited_first=what, circular=circular)
        )
        why = ", which is down because of what it would clear" if circular else ""
        self.tell(now, "remedy waits", remedy.name, cause=cause.name, note=f"for {what}{why}")

    def _refused(self, incident: Incident, remedy: Remedy, cause: ActiveCondition) -> bool:
        """Whether something does not let people do that; it is on the record, once."""
        why = self.levers.refuses(remedy, cause)
        if why and remedy.name not in {a.remedy for a in incident.attempts}:
            incident.attempts.append(Attempt(remedy.name, cause.name, self.env.now, waited_for=f"refused: {why}"))
            self.tell(self.env.now, "remedy refused", remedy.name, cause=cause.name, note=why)
        return bool(why)

    def _recovered(self, incident: Incident, group: float):
        """Wait until it is over; returns whether somebody is called again before, for what is new in the group."""
        since = self.env.now
        while (over := self._recovery(self.env.now)) > self.env.now:
            more = None
            if self._round < ROUNDS:
                more = self.chain.next(self.watch.intervals(), since, self._blind(), group)
            told = more.told if more is not None else np.inf
            if told <= self.env.now:
                return True
            wake = min(over, told)
            if wake > self.horizon:
                yield self.watch.changed
            else:
                yield self.env.timeout(wake - self.env.now) | self.watch.changed
        # The expression stopped to hold at the end of its last interval, which may lie a little back.
        ends = self.watch.intervals().end
        past = ends[(ends <= self.env.now + 1e-9) & (ends > incident.began_at)]
        incident.recovered_at = float(past.max()) if past.size else self.env.now
        self.tell(incident.recovered_at, "recovered", incident.alert, cause=incident.cause)
        return False

    # --- people ------------------------------------------------------------------------------------------------

    def _sit(self, people: int, incident: Incident, remedy: Remedy | None = None, cause: ActiveCondition | None = None):
        """Have people at work on it, as soon as so many are free; returns False when it is over before."""
        if self._seat is not None and self._seat.people == people:
            return self._recovery(self.env.now) > self.env.now
        self._stand()
        seat = self._seat = self.team.ask(people)
        if not seat.granted.triggered:
            if remedy is not None:
                self._waits(incident, remedy, cause, "people")
            elif np.isnan(incident.acknowledged_at):
                incident.queued_at = self.env.now
                self.tell(self.env.now, "page waits", incident.alert, note="everybody is busy")
        return (yield from self._happens(seat.granted))

    def _stand(self) -> None:
        """Leave the seat to others."""
        if self._seat is not None:
            self.team.leave(self._seat)
            self._seat = None

    # --- waiting -----------------------------------------------------------------------------------------------

    def _happens(self, event: simpy.Event):
        """Wait for an event; returns False when it is over before."""
        while not event.triggered:
            over = self._recovery(self.env.now)
            if over <= self.env.now:
                return False
            pause = self.watch.changed
            wait = event | pause
            yield wait | self.env.timeout(over - self.env.now) if over <= self.horizon else wait
        return self._recovery(self.env.now) > self.env.now

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
