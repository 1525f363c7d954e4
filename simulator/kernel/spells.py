"""Spells: for how long something is so for each of many entities, when its end may still be open.

A spell that has been planned may be taken back before it begins, and its end may be moved.
"""

from __future__ import annotations

import numpy as np

from simulator.kernel.intervals import Intervals


class Spells:
    """At most one current spell for each of `size` entities; past ones are kept."""

    def __init__(self, size: int) -> None:
        self.begin = np.full(size, np.inf)
        self.end = np.full(size, np.inf)
        self.expiry = np.full(size, np.inf)
        self._past: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def open(self, entities: np.ndarray, begin: np.ndarray, expiry: np.ndarray | float = np.inf) -> None:
        """A spell begins, and ends by itself at `expiry`. One that is still open at that time goes on instead."""
        entities = np.asarray(entities)
        begin = np.broadcast_to(np.asarray(begin, float), entities.shape)
        expiry = np.broadcast_to(np.asarray(expiry, float), entities.shape)
        new = np.isfinite(begin) & ~((self.begin[entities] <= begin) & (self.end[entities] > begin))
        entities, begin, expiry = entities[new], begin[new], expiry[new]
        over = self.end[entities] < np.inf
        over &= self.begin[entities] < self.end[entities]
        old = entities[over]
        if old.size:
            self._past.append((old, self.begin[old].copy(), self.end[old].copy()))
        self.begin[entities], self.end[entities], self.expiry[entities] = begin, expiry, expiry

    def close(self, entities: np.ndarray, at: np.ndarray | float) -> np.ndarray:
        """The spells of these entities end at `at` if not before; those that would begin later never do.
        Returns which of them that changed."""
        at = np.broadcast_to(np.asarray(at, float), np.shape(entities))
        changed = self.end[entities] > at
        self.end[entities] = np.where(changed, np.maximum(at, self.begin[entities]), self.end[entities])
        never = self.begin[entities] >= self.end[entities]
        self.begin[entities[never]] = np.inf
        self.end[entities[never]] = np.inf
        return changed & np.isfinite(at)

    def reopen(self, entities: np.ndarray, at: np.ndarray | float) -> None:
        """Ends that were planned for after `at` are void; only expiry remains."""
        at = np.broadcast_to(np.asarray(at, float), np.shape(entities))
        reopened = self.end[entities] > at
        self.end[entities[reopened]] = self.expiry[entities[reopened]]

    def retract(self, entities: np.ndarray, at: np.ndarray | float) -> None:
        """What was planned for after `at` is void: beginnings, and ends other than expiry."""
        at = np.broadcast_to(np.asarray(at, float), np.shape(entities))
        self.reopen(entities, at)
        self.begin[entities[self.begin[entities] > at]] = np.inf

    def intervals(self, chosen: np.ndarray | None = None) -> Intervals:
        """All spells, past and current; of some entities (bool by entity) only, if given."""
        current = np.flatnonzero(np.isfinite(self.begin) if chosen is None else np.isfinite(self.begin) & chosen)
        parts = [(current, self.begin[current], self.end[current])]
        parts += [p if chosen is None else tuple(c[chosen[p[0]]] for c in p) for p in self._past]
        return Intervals.of(*(np.concatenate([p[i] for p in parts]) for i in range(3)))
