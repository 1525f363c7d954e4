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


@dataclass(frozen=True)
class Handover:
    """What a claim interrupted, one element for each claimed entity that was granted.

    granted: which of the claimed entities were handed over (bool, one for each asked for).
    rows: the row that was in force; steps: index of its last step that had happened, -1 before the first.
    states: the state at the claim; since: when it was entered.
    waiting: a row that had not begun and is void now, or -1.
    """

    granted: np.ndarray
    rows: np.ndarray
    steps: np.ndarray
    states: np.ndarray
    since: np.ndarray
    waiting: np.ndarray


class Agenda:
    """Plans for `size` entities, all in state `initial` at time 0.

    extra: further columns kept for each row, name -> dtype; the caller gives them meaning.
    """

    def __init__(self, size: int, steps: int, initial: int = 0, extra: dict[str, type] | None = None) -> None:
        self.size, self.steps = size, steps
        self.rows = 1  # row 0 is where every entity starts: no steps, state `initial`
        self._dtypes = {"entity": np.int32, "owner": np.int32, "priority": np.int8, "until": np.float64,
                        "begins": np.float64, "ends": np.float64, "closes": np.float64, "initial": np.uint8, "before": np.int32,
                        **(extra or {})}
        room = max(1024, size + size // 4)
        self._columns = {name: np.zeros(room, dtype) for name, dtype in self._dtypes.items()}
        self._times = np.empty((room, steps))
        self._states = np.zeros((room, steps), np.uint8)
        self._times[0] = NEVER
        for name, value in (("entity", -1), ("owner", -1), ("until", NEVER), ("closes", NEVER),
                            ("initial", initial), ("before", -1)):
            self._columns[name][0] = value
        self.row_of = np.zeros(size, np.int32)

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
        return self.times <= np.minimum(self.until, horizon)[:, None]

    # --- asking ----------------------------------------------------------------------------------------------

    def row_at(self, entities: np.ndarray, at: np.ndarray | float) -> np.ndarray:
        """The row in force at a time: the last of the chain that has begun, or the start."""
        rows = self.row_of[entities]
        at = np.broadcast_to(np.asarray(at, float), rows.shape)
        while True:
            early = (self.begins[rows] > at) & (rows > 0)
            if not early.any():
                return rows
            rows = np.where(early, self.before[rows], rows)

    def step_at(self, rows: np.ndarray, at: np.ndarray | float) -> np.ndarray:
        """Index of the last step of each row that has happened by a time, -1 before the first."""
        at = np.minimum(np.broadcast_to(np.asarray(at, float), rows.shape), self.until[rows])
        return (self._times[rows] <= at[:, None]).sum(axis=1) - 1

    def state_at(self, entities: np.ndarray, at: np.ndarray | float) -> np.ndarray:
        """State of each entity at a time."""
        rows = self.row_at(entities, at)
        steps = self.step_at(rows, at)
        return np.where(steps < 0, self.initial[rows], self._states[rows, np.maximum(steps, 0)])

    def free_at(self, entities: np.ndarray, at: np.ndarray | float, priority: int) -> np.ndarray:
        """When each entity is free for `priority`: at the time asked, or when the last step of every plan of a
        higher priority has been taken (NEVER when it has no end)."""
        rows = self.row_of[entities]
        free = np.broadcast_to(np.asarray(at, float), rows.shape).copy()
        while (rows > 0).any():
            higher = (self.priority[rows] > priority) & (self.until[rows] >= free) & (rows > 0)
            free = np.where(higher, np.maximum(free, self.ends[rows]), free)
            rows = np.where(rows > 0, self.before[rows], 0)
            rows = np.maximum(rows, 0)
        return free

    def chain(self, entities: np.ndarray, since: float = 0.0) -> np.ndarray:
        """Every row of these entities that matters at or after `since`, newest first."""
        rows = self.row_of[entities]
        found = [rows]
        rows = rows[rows > 0]
        while rows.size:
            rows = self.before[rows[self.begins[rows] > since]]
            rows = rows[rows >= 0]
            found.append(rows)
            rows = rows[rows > 0]
        return np.concatenate(found)

    def spans(self, chosen: np.ndarray, rows: np.ndarray | None = None) -> Intervals:
        """When entities are in one of the chosen states (bool by state), for some rows (default: all)."""
        rows = np.arange(1, self.rows) if rows is None else rows
        found = []
        until, closes = self.until[rows], self.closes[rows]
        for step in range(self.steps):
            begin = self._times[rows, step]
            wanted = np.flatnonzero((begin <= until) & (begin < NEVER) & chosen[self._states[rows, step]])
            if not wanted.size:
                continue
            end = closes[wanted]
            if step + 1 < self.steps:
                following = self._times[rows[wanted], step + 1]
                end = np.where(following <= until[wanted], np.minimum(following, end), end)
            found.append((self.entity[rows[wanted]].astype(np.int64), begin[wanted], end))
        if not found:
            return Intervals.none()
        return Intervals.of(*(np.concatenate(column) for column in zip(*found)))

    # --- changing --------------------------------------------------------------------------------------------

    def claim(self, entities: np.ndarray, at: np.ndarray | float, priority: int) -> Handover:
        """Void everything planned after `at` for these entities, unless a higher priority has it in hand.

        A claim of the same priority is granted. `at` may differ by entity.
        """
        entities = np.asarray(entities)
        at = np.broadcast_to(np.asarray(at, float), entities.shape)
        rows = self.row_at(entities, at)
        busy = (self.priority[rows] > priority) & (self.ends[rows] > at) & (self.until[rows] > at) & (rows > 0)
        granted = ~busy
        entities, at, rows = entities[granted], at[granted], rows[granted]
        waiting = np.where(self.row_of[entities] != rows, self.row_of[entities], -1)
        pending = self.row_of[entities]
        while True:  # void the rows that have not begun, newest first, down to the one in force
            later = pending != rows
            if not later.any():
                break
            self._columns["until"][pending[later]] = -1.0
            pending = np.where(later, self.before[pending], pending)
        steps = self.step_at(rows, at)
        started = np.maximum(steps, 0)
        states = np.where(steps < 0, self.initial[rows], self._states[rows, started])
        since = np.where(steps < 0, 0.0, self._times[rows, started])
        real = rows > 0
        self._columns["until"][rows[real]] = np.minimum(self.until[rows[real]], at[real])
        self._columns["closes"][rows[real]] = NEVER
        self.row_of[entities] = rows
        return Handover(granted, rows, steps, states, since, waiting)

    def plan(self, entities: np.ndarray, times: np.ndarray, states: np.ndarray, owner: int, priority: int,
             **extra: np.ndarray | int) -> np.ndarray:
        """Add a row for each entity: it enters states[j] at times[:, j]. Returns the rows.

        times: entities x j, rising along j, NEVER for steps that are not planned. states: j, or entities x j.
        What these entities had planned from the row's first step on must have been claimed before.
        """
        entities = np.asarray(entities, np.int32)
        count, width = times.shape
        self._reserve(count)
        new = np.arange(self.rows, self.rows + count)
        before = self.row_of[entities]
        columns = self._columns
        self._times[new, :width] = times
        self._times[new, width:] = NEVER
        self._states[new, :width] = states
        columns["entity"][new] = entities
        columns["owner"][new] = owner
        columns["priority"][new] = priority
        columns["until"][new] = NEVER
        columns["begins"][new] = times[:, 0]
        finite = np.isfinite(times)
        last = finite.sum(axis=1) - 1
        columns["ends"][new] = times[np.arange(count), np.maximum(last, 0)]
        columns["before"][new] = before
        columns["closes"][new] = NEVER
        columns["closes"][before[before > 0]] = times[before > 0, 0]
        steps = self.step_at(before, columns["begins"][new])
        columns["initial"][new] = np.where(steps < 0, self.initial[before], self._states[before, np.maximum(steps, 0)])
        for name in extra:
            columns[name][new] = extra[name]
        self.rows += count
        self.row_of[entities] = new
        return new

    def hold(self, rows: np.ndarray, ends: float = NEVER) -> None:
        """Keep these rows in hand until `ends`, past their last step: a plan that waits for somebody."""
        self._columns["ends"][rows] = ends

    def cut(self, owner: int, at: float, entities: np.ndarray | None = None) -> np.ndarray:
        """Take back the rows of an owner (of some entities, bool) that have not begun by `at`; what has begun runs
        to its end. Returns the rows taken back, so that they can be planned again.
        """
        rows = np.flatnonzero((self.owner == owner) & (self.begins > at) & (self.until >= self.begins))
        if entities is not None:
            rows = rows[entities[self.entity[rows]]]
        if rows.size:
            entities = self.entity[rows]
            head = self.row_of[entities] == rows
            self._columns["until"][rows] = -1.0
            before = self.before[rows[head]]
            self.row_of[entities[head]] = before
            self._columns["closes"][before[before > 0]] = NEVER
        return rows

    def _reserve(self, count: int) -> None:
        room = len(self._times)
        if self.rows + count <= room:
            return
        room = max(self.rows + count, room + room // 2)
        for name, dtype in self._dtypes.items():
            grown = np.zeros(room, dtype)
            grown[: self.rows] = self._columns[name][: self.rows]
            self._columns[name] = grown
        times, states = np.empty((room, self.steps)), np.zeros((room, self.steps), np.uint8)
        times[: self.rows], states[: self.rows] = self._times[: self.rows], self._states[: self.rows]
        self._times, self._states = times, states
