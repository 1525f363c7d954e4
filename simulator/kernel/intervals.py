"""Sets of time intervals for many entities: when something is so.

Availability, exposure and blast radius are step functions of time; a step function is kept as the
intervals on which it holds, so its integral is exact and a short outage never falls between samples.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

#: Spells that may overlap and whose weights add up: entity, begin, end, weight; one element for each.
Weighted = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]

#: From so many intervals on it pays to find out first which entities can come near a threshold at all.
_MANY = 20_000
_BINS = (100_000, 1_000_000)  # entities times bins of time: first roughly, then what is left more finely


@dataclass(frozen=True)
class Intervals:
    """Half-open intervals [begin, end) by entity, sorted by entity and begin, disjoint within an entity."""

    entity: np.ndarray
    begin: np.ndarray
    end: np.ndarray

    @classmethod
    def none(cls) -> Intervals:
        """Never."""
        return cls(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))

    @classmethod
    def of(cls, entity: np.ndarray, begin: np.ndarray, end: np.ndarray) -> Intervals:
        """The union of intervals given in any order, empty ones left out."""
        entity, begin, end = np.asarray(entity), np.asarray(begin, float), np.asarray(end, float)
        real = end > begin
        if not real.all():
            entity, begin, end = entity[real], begin[real], end[real]
        if not len(entity):
            return cls.none()
        order = np.argsort(entity, kind="stable")  # a tenth of the price of sorting by time as well
        sorted_, since, until = entity[order], begin[order], end[order]
        same = sorted_[1:] == sorted_[:-1]
        if (same & (since[1:] < until[:-1])).any():
            return cls.overlaps(entity, begin, end, 1, 1)
        apart = ~same | (since[1:] > until[:-1])
        first, last = np.append(True, apart), np.append(apart, True)
        return cls(sorted_[first], since[first], until[last])

    @classmethod
    def overlaps(
        cls,
        entity: np.ndarray,
        begin: np.ndarray,
        end: np.ndarray,
        weight: np.ndarray | int,
        threshold: np.ndarray | float,
    ) -> Intervals:
        """When the weights of the intervals of an entity add up to its threshold or more.

        threshold: one for all, or indexed by entity; above 0. With weight 1 this is k-of-n.
        """
        real = end > begin
        if not real.any():
            return cls.none()
        entity, begin, end = np.asarray(entity)[real], begin[real], end[real]
        weight = np.broadcast_to(np.asarray(weight, float), real.shape)[real]
        for bins in _BINS:
            if len(entity) < _MANY:
                break
            near = _may_reach(entity, begin, end, weight, np.asarray(threshold, float), bins)
            entity, begin, end, weight = entity[near], begin[near], end[near], weight[near]
        e = np.concatenate([entity, entity])
        t = np.concatenate([begin, end])
        order = in_order(e, t)
        e, t = e[order], t[order]
        level = np.cumsum(np.concatenate([weight, -weight])[order])
        last = np.ones(len(e), bool)  # of several changes at one instant only the last level counts
        last[:-1] = (e[1:] != e[:-1]) | (t[1:] != t[:-1])
        e, t, level = e[last], t[last], level[last]
        limit = np.asarray(threshold, float)
        holds = level >= (limit[e] if limit.ndim else limit) - 1e-9
        before = np.zeros(len(e), bool)
        before[1:] = holds[:-1] & (e[1:] == e[:-1])
        start, stop = np.flatnonzero(holds & ~before), np.flatnonzero(before & ~holds)
        return cls(e[start], t[start], t[stop])

    def __len__(self) -> int:
        return len(self.entity)

    def union(self, *others: Intervals) -> Intervals:
        """When this or any of the others holds."""
        many = [i for i in (self, *others) if len(i)]
        if len(many) <= 1:
            return many[0] if many else self
        return Intervals.of(*(np.concatenate([getattr(i, name) for i in many]) for name in ("entity", "begin", "end")))

    def minus(self, other: Intervals) -> Intervals:
        """When this holds and the other does not."""
        if not len(self) or not len(other):
            return self
        # Weight 2 for this and -1 for the other: 2 is reached by this alone.
        both = [np.concatenate([getattr(self, n), getattr(other, n)]) for n in ("entity", "begin", "end")]
        return Intervals.overlaps(*both, np.repeat([2.0, -1.0], [len(self), len(other)]), 2)

    def both(self, other: Intervals) -> Intervals:
        """When this and the other hold."""
        if not len(self) or not len(other):
            return Intervals.none()
        return Intervals.overlaps(
            *([np.concatenate([getattr(self, n), getattr(other, n)]) for n in ("entity", "begin", "end")]), 1, 2
        )

    def flapping(self, period: float, horizon: float) -> Intervals:
        """Within each interval it comes and goes: it holds for the first half of every period."""
        end = np.minimum(self.end, horizon)
        times = np.maximum(np.ceil((end - self.begin) / period), 0).astype(int)
        which = np.repeat(np.arange(len(self)), times)
        turn = np.arange(len(which)) - np.repeat(np.cumsum(times) - times, times)
        begin = self.begin[which] + turn * period
        return Intervals.of(self.entity[which], begin, np.minimum(begin + period / 2.0, end[which]))

    def where(self, mask: np.ndarray) -> Intervals:
        """The intervals of a mask."""
        return Intervals(self.entity[mask], self.begin[mask], self.end[mask])

    def of_entities(self, chosen: np.ndarray) -> Intervals:
        """Only these entities (bool by entity)."""
        return self.where(chosen[self.entity])

    def grouped(self, group: np.ndarray) -> Intervals:
        """When it holds for any member of a group; group is indexed by entity."""
        return Intervals.of(group[self.entity], self.begin, self.end)

    def delayed(self, delay: np.ndarray | float) -> Intervals:
        """Each interval begins later by its delay and ends when it did; what is over by then is left out."""
        begin = self.begin + delay
        real = begin < self.end
        return Intervals(self.entity[real], begin[real], self.end[real])

    def shortened(self, length: np.ndarray | float) -> Intervals:
        """Each interval ends after `length` at the latest."""
        return Intervals(self.entity, self.begin, np.minimum(self.end, self.begin + length))

    def clip(self, low: float, high: float) -> Intervals:
        """The part between two times."""
        begin, end = np.maximum(self.begin, low), np.minimum(self.end, high)
        real = end > begin
        return Intervals(self.entity[real], begin[real], end[real])

    def seconds(self, size: int, horizon: float) -> np.ndarray:
        """How long it holds up to the horizon, for each of `size` entities."""
        length = np.minimum(self.end, horizon) - np.minimum(self.begin, horizon)
        return np.bincount(self.entity, length, size) if len(self) else np.zeros(size)

    def index_at(self, entity: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Index of the interval that covers each (entity, time), or -1."""
        entity, at = np.asarray(entity), np.asarray(at, float)
        if not len(self):
            return np.full(entity.shape, -1)
        # Rank the queries among the begins by (entity, time): a lexicographic searchsorted, by sorting both.
        keys = np.concatenate([self.entity, entity.ravel()])
        times = np.concatenate([self.begin, at.ravel()])
        kind = np.repeat([0, 1], [len(self), entity.size])
        order = np.lexsort((kind, times, keys))
        seen = np.cumsum(kind[order] == 0) - 1
        found = np.empty(entity.size, int)
        asked = order[kind[order] == 1] - len(self)
        found[asked] = seen[kind[order] == 1]
        found = found.reshape(entity.shape)
        safe = np.maximum(found, 0)
        return np.where((found >= 0) & (self.entity[safe] == entity) & (self.end[safe] > at), found, -1)

    def covers(self, entity: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Whether it holds for each entity at each time."""
        return self.index_at(entity, at) >= 0

    def over_from(self, entity: np.ndarray, at: np.ndarray) -> np.ndarray:
        """The first time at or after `at` at which it does not hold."""
        found = self.index_at(entity, at)
        return np.where(found >= 0, self.end[np.maximum(found, 0)] if len(self) else at, at)

    def most(self, weight: np.ndarray | float = 1.0, horizon: float = np.inf) -> tuple[float, float]:
        """The largest total weight (one for all, or by entity) at once over all entities, and when it was
        first reached (0, 0 if never)."""
        clipped = self.clip(-np.inf, horizon)
        if not len(clipped):
            return 0.0, 0.0
        weight = np.asarray(weight, float)
        w = weight[clipped.entity] if weight.ndim else np.full(len(clipped), weight)
        times, level = steps(np.concatenate([clipped.begin, clipped.end]), np.concatenate([w, -w]))
        top = int(np.argmax(level))
        return float(level[top]), float(times[top])


def in_order(group: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The order by group and time; numbers of groups that fit into 16 bits are sorted several times as fast."""
    order = np.argsort(at, kind="stable")
    narrow = len(group) and group.min() >= 0 and group.max() < 2**16
    return order[np.argsort((group.astype(np.uint16) if narrow else group)[order], kind="stable")]


def joined(parts: Iterable[Weighted]) -> Weighted:
    """All of several."""
    parts = list(parts)
    if not parts:
        return np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros(0)
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def _may_reach(
    entity: np.ndarray, begin: np.ndarray, end: np.ndarray, weight: np.ndarray, threshold: np.ndarray, cells: int
) -> np.ndarray:
    """Which intervals may be part of a time at which the weights of their entity add up to its threshold (bool),
    without sorting: what adds counts in all bins of time that it touches, what takes away in none."""
    weight = np.maximum(weight, 0.0)
    size = int(entity.max()) + 1
    bins = max(1, cells // size)
    low, high = begin.min(), begin.max()  # nothing is added after the last beginning
    width = (high - low) / bins * (1 + 1e-12) or 1.0
    row = entity.astype(np.int64) * (bins + 1)
    first = row + ((begin - low) / width).astype(np.int64)
    last = row + np.minimum((np.minimum(end, high) - low) / width, bins - 1).astype(np.int64) + 1
    total = size * (bins + 1)
    level = np.cumsum(np.bincount(first, weight, total) - np.bincount(last, weight, total))
    limit = np.repeat(threshold[:size], bins + 1) if threshold.ndim else threshold
    hot = np.cumsum(np.append(0, level >= limit - 1e-6))
    return hot[last] > hot[first]


def steps(times: np.ndarray, deltas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A step function from its changes in any order: when it changes, and the level from then on."""
    order = np.argsort(times, kind="stable")
    times, level = times[order], np.cumsum(deltas[order])
    last = np.ones(len(times), bool)
    last[:-1] = times[1:] != times[:-1]
    return times[last], level[last]
