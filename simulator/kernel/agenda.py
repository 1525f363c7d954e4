"""The agenda: planned transitions of many entities, as one table.

A row is a short plan for one entity: the times at which it enters up to `steps` states. What has
been planned is taken to happen unless somebody claims the entity first, so a run costs a few array
operations for each decision, not one event for each transition; and at the end the table, with what
was voided left out, is the journal of everything that happened.

Each entity has a chain of rows that follow each other in time; `claim` voids what lies after a time
and says what it has interrupted, `cut` takes back the rows of an owner that have not begun.
A row never overlaps the one before it: the first of its steps voids the rest of the chain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.kernel.intervals import Intervals

NEVER = np.inf
_LAST = np.finfo(float).max  # a time that every planned step is before, and NEVER is not
_VOID = -1.0  # `until` of a row of which nothing happens


@dataclass(frozen=True)
class Handover:
    """What a claim interrupted, one element for each claimed entity that was granted.

    granted: which of the claimed entities were handed over (bool, one for each asked for).
    rows: the row that was in force; steps: index of its last step that had happened, -1 before the first.
    states: the state at the claim; since: when it was entered.
    waiting: the last row that had not begun and is void now, or -1.
    """

    granted: np.ndarray
    rows: np.ndarray
    steps: np.ndarray
    states: np.ndarray
    since: np.ndarray
    waiting: np.ndarray


class Agenda:
    """Plans for `size` entities, all in state `initial` at time 0.

    Row 0 is where every entity starts: it has no steps, and its state is `initial`.
    extra: further columns kept for each row, name -> dtype; the caller gives them meaning.
    """

    def __init__(self, size: int, steps: int, initial: int = 0, extra: dict[str, type] | None = None) -> None:
        self.size, self.steps, self.initial = size, steps, initial
        self.rows = 1
        dtypes = {
            "entity": np.int32,
            "owner": np.int32,
            "priority": np.int8,
            "before": np.int32,
            "until": np.float64,
            "begins": np.float64,
            "ends": np.float64,
            "closes": np.float64,
        }
        room = max(1024, 12 * size)  # memory that nobody has written to costs nothing
        self._columns = {name: np.zeros(room, dtype) for name, dtype in {**dtypes, **(extra or {})}.items()}
        self._times, self._states = np.empty((room, steps)), np.empty((room, steps), np.uint8)
        self._times[0], self._states[0] = NEVER, initial
        for name in ("entity", "owner", "before"):
            self._columns[name][0] = -1
        for name in ("until", "closes"):
            self._columns[name][0] = NEVER
        self.row_of = np.zeros(size, np.int32)
        #: How often plans were changed: what is computed from them holds while this stays the same.
        self.changes = 0
        self._overruled: list[np.ndarray] = []

    def __getattr__(self, name: str) -> np.ndarray:
        """Column `name` of the rows made so far."""
        try:
            return self.__dict__["_columns"][name][: self.__dict__["rows"]]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def times(self) -> np.ndarray:
        """Planned times, rows x steps, seconds; NEVER pads."""
        return self._times[: self.rows]

    @property
    def states(self) -> np.ndarray:
        """Planned states, rows x steps."""
        return self._states[: self.rows]

    def happened(self, horizon: float) -> np.ndarray:
        """Which steps take place by the horizon: planned in time and not voided; rows x steps, bool."""
        return self.times <= np.minimum(self.until, min(horizon, _LAST))[:, None]

    # --- asking --------------------------------------------------------------------------------------------

    def row_at(self, entities: np.ndarray, at: np.ndarray | float) -> np.ndarray:
        """The row in force at a time: the last of the chain that has begun, or the start."""
        rows = self.row_of[entities]
        begins, before = self._columns["begins"], self._columns["before"]
        early = np.flatnonzero(begins[rows] > at)
        at = np.broadcast_to(np.asarray(at, float), rows.shape) if early.size else at
        while early.size:
            rows[early] = before[rows[early]]
            early = early[begins[rows[early]] > at[early]]
        return rows

    def step_at(self, rows: np.ndarray, at: np.ndarray | float) -> np.ndarray:
        """Index of the last step of each row that has happened by a time, -1 before the first."""
        at = np.minimum(np.minimum(self.until[rows], at), _LAST)
        return np.count_nonzero(self._times[rows] <= at[:, None], axis=1) - 1

    def state_at(self, entities: np.ndarray, at: np.ndarray | float) -> np.ndarray:
        """State of each entity at a time."""
        rows = self.row_at(entities, at)
        return self._states[rows, np.maximum(self.step_at(rows, at), 0)]

    def chain(self, entities: np.ndarray, since: float = 0.0) -> np.ndarray:
        """Every row of these entities that matters at or after `since`, newest first."""
        rows = self.row_of[entities]
        found = [rows]
        rows = rows[rows > 0]
        while rows.size:
            rows = self.before[rows[self.begins[rows] > since]]
            found.append(rows)
            rows = rows[rows > 0]
        return np.concatenate(found)

    def row_after(self, entities: np.ndarray, at: np.ndarray | float) -> np.ndarray:
        """The first row of each entity that begins after a time, or 0."""
        rows, found = self.row_of[entities], np.zeros(len(entities), np.int32)
        at = np.broadcast_to(np.asarray(at, float), rows.shape)
        later = np.flatnonzero((rows > 0) & (self.begins[rows] > at))
        while later.size:
            found[later] = rows[later]
            rows[later] = self.before[rows[later]]
            later = later[(rows[later] > 0) & (self.begins[rows[later]] > at[later])]
        return found

    def spans(self, chosen: np.ndarray, rows: np.ndarray | None = None) -> Intervals:
        """When entities are in one of the chosen states (bool by state), for some rows (default: all).

        What comes before an entity's first row is no part of it.
        """
        if rows is None:
            times, states, until = self.times[1:], self.states[1:], self.until[1:]
        else:
            rows = np.sort(rows)  # the rows of an entity were made in the order in which they happen
            times, states, until = self._times[rows], self._states[rows], self.until[rows]
        wanted = chosen[states]
        wanted &= times <= np.minimum(until, _LAST)[:, None]
        step = np.flatnonzero(wanted)
        row, place = np.divmod(step, self.steps)
        flat = times.ravel()
        following = flat[np.minimum(step + 1, flat.size - 1)]
        following[(place == self.steps - 1) | (following > until[row])] = NEVER
        row = row + 1 if rows is None else rows[row]
        return Intervals.of(self.entity[row], flat[step], np.minimum(following, self.closes[row]))

    # --- changing ------------------------------------------------------------------------------------------

    def claim(self, entities: np.ndarray, at: np.ndarray | float, priority: int) -> Handover:
        """Void everything planned after `at` for these entities, unless a higher priority has it in hand.

        A claim of the same priority is granted. `at` may differ by entity.
        """
        entities = np.asarray(entities)
        at = np.broadcast_to(np.asarray(at, float), entities.shape)
        rows = self.row_at(entities, at)
        granted = (self.priority[rows] <= priority) | (np.minimum(self.ends[rows], self.until[rows]) <= at)
        granted |= rows == 0
        if not granted.all():
            entities, at, rows = entities[granted], at[granted], rows[granted]
        until, before = self._columns["until"], self._columns["before"]
        pending = self.row_of[entities]
        waiting = np.where(pending != rows, pending, -1)
        later = np.flatnonzero(pending != rows)
        self.changes += 1
        while later.size:  # void the rows that have not begun, newest first, down to the one in force
            stronger = pending[later][self.priority[pending[later]] > priority]
            if stronger.size:
                self._overruled.append(stronger)
            until[pending[later]] = _VOID
            pending[later] = before[pending[later]]
            later = later[pending[later] != rows[later]]
        steps = self.step_at(rows, at)
        step = np.maximum(steps, 0)
        since = np.where(steps < 0, 0.0, self._times[rows, step])
        until[rows] = np.minimum(until[rows], at)
        self._columns["closes"][rows] = NEVER
        until[0] = NEVER  # the start is shared
        self.row_of[entities] = rows
        return Handover(granted, rows, steps, self._states[rows, step], since, waiting)

    def overruled(self) -> np.ndarray:
        """The rows that a claim of lower priority has voided before they began, since this was last asked: whoever
        planned them has to plan them again."""
        found = np.concatenate(self._overruled) if self._overruled else np.zeros(0, np.int32)
        self._overruled.clear()
        return found

    def plan(
        self,
        entities: np.ndarray,
        times: np.ndarray,
        states: np.ndarray,
        owner: int,
        priority: int,
        **extra: np.ndarray | int,
    ) -> np.ndarray:
        """Add a row for each entity: it enters states[j] at times[:, j]. Returns the rows.

        times: entities x j, rising along j, NEVER for steps that are not planned. states: j, or entities x j.
        What these entities had planned from the row's first step on must have been claimed before.
        """
        count, width = times.shape
        self.changes += 1
        self._reserve(count)
        new = slice(self.rows, self.rows + count)
        before = self.row_of[entities]
        self._times[new, :width], self._times[new, width:] = times, NEVER
        self._states[new, :width], self._states[new, width:] = states, 0
        ends = times[np.arange(count), np.maximum(np.count_nonzero(times <= _LAST, axis=1) - 1, 0)]
        columns = self._columns
        columns["closes"][before] = times[:, 0]
        columns["closes"][0] = NEVER  # the start is shared
        values = {
            "entity": entities,
            "owner": owner,
            "priority": priority,
            "before": before,
            "until": NEVER,
            "begins": times[:, 0],
            "ends": ends,
            "closes": NEVER,
        }
        for name, value in {**values, **extra}.items():
            columns[name][new] = value
        rows = np.arange(self.rows, self.rows + count)
        self.rows += count
        self.row_of[entities] = rows
        return rows

    def cut(self, owner: int, at: float, entities: np.ndarray | None = None) -> np.ndarray:
        """Take back the rows of an owner (of some entities, bool) that have not begun by `at`; what has begun
        runs to its end, and what they would have interrupted after `at` goes on. Returns the rows taken back,
        so that they can be planned again.
        """
        rows = np.flatnonzero((self.owner == owner) & (self.begins > at) & (self.until >= self.begins))
        if entities is not None:
            rows = rows[entities[self.entity[rows]]]
        self.take_back(rows, at)
        return rows

    def lift(self, entities: np.ndarray, at: np.ndarray, above: int) -> np.ndarray:
        """Take back what has been planned for after a time (for each entity) with a priority above another: nobody
        knows of it yet. It counts as overruled, so that whoever planned it plans it again. Returns the entities."""
        if not (self.priority[1:] > above).any():
            return np.zeros(0, np.int32)
        since = np.full(self.size, NEVER)
        since[entities] = at
        rows = self.chain(entities, float(at.min(initial=NEVER)))
        rows = rows[(rows > 0) & (self.begins[rows] > since[self.entity[rows]]) & (self.priority[rows] > above)]
        rows = rows[self.until[rows] >= self.begins[rows]]
        if rows.size:
            self._overruled.append(rows)
            self.take_back(rows, float(at.min()))
        return np.unique(self.entity[rows])

    def take_back(self, rows: np.ndarray, at: float) -> None:
        """Take rows that have not begun by `at` out of their chains.

        The row before one goes on until it is interrupted by what comes after, if anything does.
        """
        if not rows.size:
            return
        self.changes += 1
        names = ("until", "begins", "before", "closes")
        until, begins, before, closes = (self._columns[name] for name in names)
        entity = np.unique(self.entity[rows])
        gone = np.zeros(self.rows, bool)
        gone[rows] = True
        row, after = self.row_of[entity], np.full(len(entity), -1)  # the row looked at, the kept one after it
        ends = np.full(len(entity), np.nan)  # when what comes after a gap claims; NaN outside of gaps
        while entity.size:
            leaves, stays = gone[row], ~gone[row]
            ends = np.where(leaves & np.isnan(ends), until[row], ends)
            joins = stays & ~np.isnan(ends)
            head = joins & (after < 0)
            self.row_of[entity[head]] = row[head]
            before[after[joins & ~head]] = row[joins & ~head]
            real = np.flatnonzero(joins & (row > 0))
            closes[row[real]] = np.where(after[real] < 0, NEVER, begins[after[real]])
            real = real[until[row[real]] > at]
            until[row[real]] = ends[real]
            ends = np.where(stays, np.nan, ends)
            after = np.where(stays, row, after)
            further = begins[row] > at
            entity, after, ends, row = entity[further], after[further], ends[further], before[row[further]]
        until[rows] = _VOID

    def _reserve(self, count: int) -> None:
        room = len(self._times)
        if self.rows + count <= room:
            return
        room = max(self.rows + count, 2 * room)

        def grown(old: np.ndarray) -> np.ndarray:
            new = np.zeros((room, *old.shape[1:]), old.dtype)  # costs nothing until it is written to
            new[: self.rows] = old[: self.rows]
            return new

        self._columns = {name: grown(column) for name, column in self._columns.items()}
        self._times, self._states = grown(self._times), grown(self._states)
