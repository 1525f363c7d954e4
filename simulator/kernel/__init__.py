"""Time, randomness and plans. The kernel knows nothing of fleets.

- random: draws that are pure functions of what they are for (`Keyed`), keyed by a time, too (`moment`).
- agenda: planned transitions of many entities as one table, with claim and cut (`Agenda`).
- intervals: sets of time intervals for many entities, exact integrals of step functions (`Intervals`); spells whose
  weights add up (`Weighted`).
- spells: intervals whose end may still be open (`Spells`).
- watch: a predicate on what is planned, and when it will have held for long enough (`Watch`).
- backoff: tries whose gaps grow.
- station: c servers and a queue (`Station`).
- polls: controllers that look every so often, computed instead of simulated (`Polls`).
- calendar: local time, daily timers, windows (`Calendar`).
- journal: what happened, in typed columns (`Journal`).
"""

from simulator.kernel.agenda import NEVER, Agenda, Handover
from simulator.kernel.calendar import Calendar
from simulator.kernel.intervals import Intervals, Weighted, joined
from simulator.kernel.journal import Journal
from simulator.kernel.polls import Polls
from simulator.kernel.random import Keyed, moment
from simulator.kernel.spells import Spells
from simulator.kernel.station import Station, in_turn
from simulator.kernel.watch import Watch

__all__ = [
    "NEVER",
    "Agenda",
    "Calendar",
    "Handover",
    "Intervals",
    "Journal",
    "Keyed",
    "Polls",
    "Spells",
    "Station",
    "Watch",
    "Weighted",
    "in_turn",
    "joined",
    "moment",
]
