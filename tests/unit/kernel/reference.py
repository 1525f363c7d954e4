"""Naive models of the kernel's tables: one entity at a time, lists of plain tuples, nothing clever.

What they do is what the kernel's docstrings say; they are slow and short enough to be believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf


@dataclass
class Row:
    """A plan: which states are entered when, whose it is, and from when on it is void."""

    name: int
    owner: int
    priority: int
    steps: list[tuple[float, int]]
    until: float = inf

    @property
    def begins(self) -> float:
        return self.steps[0][0]

    @property
    def ends(self) -> float:
        return self.steps[-1][0]

    def taken(self, at: float = inf) -> list[tuple[float, int]]:
        """Steps that happen by a time."""
        return [step for step in self.steps if step[0] <= min(at, self.until)]


class Plans:
    """The plans of one entity, in the order in which they happen."""

    def __init__(self, initial: int) -> None:
        self.initial = initial
        self.rows: list[Row] = []

    def in_force(self, at: float) -> Row | None:
        return next((row for row in reversed(self.rows) if row.begins <= at), None)

    def claim(self, at: float, priority: int) -> bool:
        row = self.in_force(at)
        if row and row.priority > priority and min(row.ends, row.until) > at:
            return False
        self.rows = [r for r in self.rows if r.begins <= at]
        if row:
            row.until = min(row.until, at)
        return True

    def cut(self, owner: int, at: float) -> list[int]:
        """Take back what has not begun; what it would have interrupted goes on, until what comes after."""
        found = []
        while True:
            place = next((k for k, r in enumerate(self.rows) if r.owner == owner and r.begins > at), None)
            if place is None:
                return found
            gone = self.rows.pop(place)
            found.append(gone.name)
            if place and self.rows[place - 1].until > at:
                self.rows[place - 1].until = gone.until

    def row_after(self, at: float) -> int:
        return next((r.name for r in self.rows if r.begins > at), 0)

    def history(self) -> list[tuple[float, int]]:
        """(time, state) from 0 on: each state holds until the next time."""
        return [(0.0, self.initial), *(step for row in self.rows for step in row.taken())]

    def state_at(self, at: float) -> int:
        return [state for when, state in self.history() if when <= at][-1]


class Sets:
    """Spells of one entity: [begin, end, expiry]."""

    def __init__(self) -> None:
        self.all: list[list[float]] = []

    def open(self, begin: float, expiry: float) -> None:
        if begin < inf and begin < expiry and not self.at(begin):
            self.all.append([begin, expiry, expiry])

    def close(self, at: float) -> bool:
        changed = any(end > at for _, end, _ in self.all)
        self.all = [[b, min(e, at), x] for b, e, x in self.all if b < min(e, at)]
        return changed

    def reopen(self, at: float) -> None:
        self.all = [[b, x if e > at else e, x] for b, e, x in self.all]

    def retract(self, at: float) -> None:
        self.reopen(at)
        self.all = [s for s in self.all if s[0] <= at]

    def at(self, at: float) -> bool:
        return any(b <= at < e for b, e, _ in self.all)


def served(arrivals: list[float], service: list[float], servers: int, gap: float = 0.0) -> list[float]:
    """When each job starts: first come, first served, by looking at every server."""
    free, last, starts = [0.0] * servers, -inf, [0.0] * len(arrivals)
    for job in sorted(range(len(arrivals)), key=lambda j: (arrivals[j], j)):
        server = min(range(servers), key=lambda s: free[s])
        starts[job] = last = max(arrivals[job], free[server], last + gap)
        free[server] = last + service[job]
    return starts
