"""Spells: for how long something is so for each of many entities, when its end may still be open.

A spell that has been planned may be taken back before it begins, and its end may be moved.
"""

from __future__ import annotations

import numpy as np

from simulator.kernel.intervals import Intervals


class Spells:
    """Spells of `size` entities. The one that was opened last is at hand; the others are kept in a table.

    begin, end: of the spell that was opened last, by entity; NEVER where there is none.
    """

    def __init__(self, size: int) -> None:
        self.begin = np.full(size, np.inf)
        self.end = np.full(size, np.inf)
        #: How often it was changed: what is computed from the spells holds while this stays the same.
        self.changes = 0
        self._expiry = np.full(size, np.inf)
        self._count, self._latest = 0, -np.inf  # of the other spells, and the last end among them
        self._entity = np.zeros(16, np.int64)
        self._others = np.empty((3, 16))  # begin, end, expiry

    def open(self, entities: np.ndarray, begin: np.ndarray, expiry: np.ndarray | float = np.inf) -> None:
        """A spell begins, and ends by itself at `expiry`. One that is still open then goes on instead."""
        self.changes += 1
        entities = np.asarray(entities)
        begin = np.broadcast_to(np.asarray(begin, float), entities.shape)
        expiry = np.broadcast_to(np.asarray(expiry, float), entities.shape)
        new = (begin < np.inf) & (expiry > begin)
        new &= ~((self.begin[entities] <= begin) & (self.end[entities] > begin))
        rows, when = self._kept(entities, begin)
        new[np.isin(entities, self._entity[rows[self._others[0, rows] <= when]])] = False
        entities, begin, expiry = entities[new], begin[new], expiry[new]
        self._keep(entities[self.begin[entities] < np.inf])
        self.begin[entities], self.end[entities], self._expiry[entities] = begin, expiry, expiry

    def close(self, entities: np.ndarray, at: np.ndarray | float) -> np.ndarray:
        """The spells of these entities end at `at` if not before; those that would begin later never do.
        Returns for which entities that changed anything."""
        self.changes += 1
        entities, at, changed = self._changed(entities, at)
        self.end[entities] = np.where(changed, np.maximum(at, self.begin[entities]), self.end[entities])
        self._drop(entities)
        rows, when = self._kept(entities, at)
        self._others[1, rows] = when
        self._others[:, rows[self._others[0, rows] >= when]] = -np.inf
        return changed | np.isin(entities, self._entity[rows])

    def reopen(self, entities: np.ndarray, at: np.ndarray | float) -> None:
        """Ends that were planned for after `at` are void; only expiry remains."""
        self.changes += 1
        entities, at, changed = self._changed(entities, at)
        self.end[entities[changed]] = self._expiry[entities[changed]]
        rows, _ = self._kept(entities, at)
        self._others[1, rows] = self._others[2, rows]
        self._latest = max(self._latest, self._others[1, rows].max(initial=-np.inf))

    def retract(self, entities: np.ndarray, at: np.ndarray | float) -> None:
        """What was planned for after `at` is void: beginnings, and ends other than expiry."""
        entities, at, _ = self._changed(entities, at)
        self.reopen(entities, at)
        later = entities[self.begin[entities] > at]
        self.begin[later] = self.end[later] = np.inf
        rows, when = self._kept(entities, at)
        self._others[:, rows[self._others[0, rows] > when]] = -np.inf

    def at(self, at: float) -> np.ndarray:
        """For which entities it is so at a time (bool by entity)."""
        found = (self.begin <= at) & (self.end > at)
        begin, end, _ = self._others[:, : self._count]
        found[self._entity[: self._count][(begin <= at) & (end > at)]] = True
        return found

    def intervals(self, chosen: np.ndarray | None = None) -> Intervals:
        """All spells; of some entities (bool by entity) only, if given."""
        last = np.flatnonzero(self.begin < np.inf)
        entity = np.concatenate([self._entity[: self._count], last])
        begin = np.concatenate([self._others[0, : self._count], self.begin[last]])
        end = np.concatenate([self._others[1, : self._count], self.end[last]])
        if chosen is not None:
            here = chosen[entity]
            entity, begin, end = entity[here], begin[here], end[here]
        return Intervals.of(entity, begin, end)

    # --- the spells that are not at hand -------------------------------------------------------------------

    def _changed(self, entities: np.ndarray, at: np.ndarray | float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Entities and times as arrays of one shape, and whose last spell ends after that."""
        entities = np.asarray(entities)
        at = np.broadcast_to(np.asarray(at, float), entities.shape)
        return entities, at, (self.begin[entities] < np.inf) & (self.end[entities] > at)

    def _drop(self, entities: np.ndarray) -> None:
        """Spells at hand that end when they begin, or before, never were."""
        never = entities[self.begin[entities] >= self.end[entities]]
        self.begin[never] = self.end[never] = np.inf

    def _keep(self, entities: np.ndarray) -> None:
        """Put the spells at hand of these entities into the table."""
        first, self._count = self._count, self._count + len(entities)
        if self._count > len(self._entity):
            room = 2 * self._count
            self._entity = np.concatenate([self._entity[:first], np.zeros(room - first, np.int64)])
            self._others = np.concatenate([self._others[:, :first], np.empty((3, room - first))], axis=1)
        new = slice(first, self._count)
        self._entity[new] = entities
        self._others[:, new] = self.begin[entities], self.end[entities], self._expiry[entities]
        self._latest = max(self._latest, self.end[entities].max(initial=-np.inf))

    def _kept(self, entities: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Spells of the table that belong to these entities and end after `at`, and that time for each."""
        if self._latest <= at.min(initial=np.inf):
            return np.zeros(0, np.int64), np.zeros(0)
        when = np.full(len(self.begin), np.inf)
        when[entities] = at
        when = when[self._entity[: self._count]]
        rows = np.flatnonzero(self._others[1, : self._count] > when)
        return rows, when[rows]
