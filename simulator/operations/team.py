"""The people on call: when they look, how long they think, when they are wrong, and how many are free."""

from __future__ import annotations

from collections import deque

import numpy as np
import simpy

from simulator.kernel import Calendar, Keyed
from simulator.kernel.calendar import DAY
from simulator.scenario.on_call import OnCall


class Seat:
    """People who are asked for, all at once; `granted` has happened when they are there."""

    def __init__(self, people: int, granted: simpy.Event) -> None:
        self.people, self.granted = people, granted


class Team:
    """The people of one run. They are a station: so many servers and a queue in order of arrival.

    Who needs several waits for all of them at once and holds none meanwhile, so that two that need more never
    wait for each other.
    """

    def __init__(self, env: simpy.Environment, say: OnCall, calendar: Calendar, keyed: Keyed) -> None:
        self.env, self.say, self.calendar, self.keyed = env, say, calendar, keyed
        self._free = say.people
        self._queue: deque[Seat] = deque()
        self._pages: list[float] = []

    # --- how many are free -------------------------------------------------------------------------------------

    def ask(self, people: int) -> Seat:
        """Ask for people; the first who asks is the first who has them."""
        seat = Seat(people, self.env.event())
        self._queue.append(seat)
        self._serve()
        return seat

    def leave(self, seat: Seat, keep: int = 0) -> None:
        """Give people back (all but some), or ask no longer."""
        if seat.granted.triggered:
            self._free += seat.people - keep
            seat.people = keep
        elif seat in self._queue:
            self._queue.remove(seat)
        self._serve()

    def _serve(self) -> None:
        while self._queue and self._queue[0].people <= self._free:
            seat = self._queue.popleft()
            self._free -= seat.people
            seat.granted.succeed()

    # --- how fast they are -------------------------------------------------------------------------------------

    def paged(self, at: float) -> None:
        """Somebody was called; it counts for a day."""
        self._pages.append(at)

    def fatigue(self, at: float, own: float) -> float:
        """By what everything takes longer because of the other pages of the last 24 hours; own: when the page that is
        worked on came."""
        say = self.say.fatigue
        since = at - DAY
        others = sum(since < page <= at for page in self._pages) - (since < own)
        return 1.0 + min(say.at_most, say.per_page * max(0, others))

    def acknowledges(self, alert: str, number: int, call: int, at: float) -> float:
        """When somebody looks at a page. Outside of working hours it takes longer, but not beyond their beginning."""
        drawn = self._draw(self.say.acknowledge, alert, "acknowledge", number, call)
        tired = self.fatigue(at, at)
        begins = self._at_work_from(at)
        if begins <= at:
            return at + drawn * tired
        off = max(drawn, self._draw(self.say.off_hours, alert, "acknowledge", number, call))
        return min(at + off * tired, begins + drawn * tired)

    def reads_tickets(self, at: float) -> float:
        """When a ticket is seen: as the next working day begins."""
        days, begins, _ = self.say.morning.opening
        return self.calendar.opens_from(self.say.time_zone, days, begins, at)

    def diagnoses(self, alert: str, number: int, round_: int, at: float, own: float) -> float:
        """When the cause is known, or thought to be."""
        return at + self._draw(self.say.diagnosis, alert, "diagnosis", number, round_) * self.fatigue(at, own)

    def decides(self, alert: str, number: int, round_: int, at: float) -> float:
        """When it is decided what to do."""
        return at + self._draw(self.say.decision, alert, "decision", number, round_)

    def errs_for(self, alert: str, number: int) -> float:
        """How long the first diagnosis of an incident leads them astray; 0 where it is right."""
        say = self.say.misdiagnosis
        if not self._uniform(alert, "misdiagnosis", number) < say.probability:
            return 0.0
        return self._draw(say.cost, alert, "misdiagnosis.cost", number, 0)

    def _at_work_from(self, at: float) -> float:
        hours = self.say.working_hours
        if hours is None:
            return at
        return float(self.calendar.open_from(self.say.time_zone, [hours.opening], np.array([at]))[0])

    def _draw(self, value: object, alert: str, what: str, number: int, attempt: int) -> float:
        return float(self.keyed.draw(value, f"oncall.{alert}.{what}", np.array([number]), np.array([attempt]))[0])

    def _uniform(self, alert: str, what: str, number: int) -> float:
        return float(self.keyed.uniform(f"oncall.{alert}.{what}", np.array([number]))[0])
