"""The journal: what happened around the nodes, in order; the nodes' own transitions are the agenda's table.

What reaches many at once is one entry with their number, not one for each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One entry: when (and until when, for what reaches many), what, to whom, how many, because of what."""

    at: float
    what: str
    subject: str
    until: float
    count: int
    cause: str
    note: str


class Journal:
    """Entries in the order in which they were written; `entries()` sorts them by time."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._promises: list[Callable[[float], Entry | None]] = []

    def write(
        self,
        at: float,
        what: str,
        subject: str,
        *,
        until: float | None = None,
        count: int = 1,
        cause: str = "",
        note: str = "",
    ) -> None:
        """Add an entry. what: a verb of the field ('merged', 'applied'); subject: to whom it happened."""
        until = at if until is None else until
        self._entries.append(Entry(float(at), what, subject, float(until), int(count), cause, note))

    def promise(self, make: Callable[[float], Entry | None]) -> None:
        """Add an entry that is written when the clock stops: `make` is asked, with the horizon, what came of a plan."""
        self._promises.append(make)

    def entries(self, horizon: float) -> list[Entry]:
        """Everything up to the horizon, by time."""
        kept = [entry for make in self._promises if (entry := make(horizon)) is not None]
        return sorted((e for e in [*self._entries, *kept] if e.at <= horizon), key=lambda e: e.at)

    def first(self, what: str, **having: Any) -> Entry | None:
        """The first entry of a kind with these values."""
        return next(
            (e for e in self._entries if e.what == what and all(getattr(e, k) == v for k, v in having.items())), None
        )
