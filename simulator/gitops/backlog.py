"""The work that commits make for the controllers of an engine, and when it is begun, given all the rest of it.

An application is worked on for one commit at a time. Commits that come while it waits, or is being worked on, are
brought together by the next pass over it, which is due when this one has ended: a queue does not grow without end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from simulator.gitops.throughput import stable_order
from simulator.kernel import NEVER

#: From jobs (carrier, cluster, arrival, how many) to when the last of each begins.
Rule = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
#: Far more passes over one application than a run has time for.
MOST_PASSES = 10_000


@dataclass
class _Work:
    """What one commit asks of controllers: a row for each of some carriers, a column for each of its clusters.

    carriers, counts: their numbers, and how many equal jobs each makes. committed: as the owner says; what is not
    committed is no work. begins: as things stand; told: as its owner knows.
    """

    owner: Any
    carriers: np.ndarray
    counts: np.ndarray
    clusters: np.ndarray
    committed: np.ndarray
    arrivals: np.ndarray = field(init=False)
    begins: np.ndarray = field(init=False)
    told: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.arrivals = np.full(len(self.clusters), NEVER)
        self.begins = np.full((len(self.carriers), len(self.clusters)), NEVER)
        self.told = self.begins.copy()


class Backlog:
    """Everything that has been asked so far. What has begun stays as it was; the rest moves when others come or go."""

    def __init__(self, rule: Rule, busy: float) -> None:
        """busy: for how long a controller works on one application, s."""
        self._rule, self._busy = rule, busy
        self._works: list[_Work] = []

    def begins(
        self,
        owner: Any,
        counts: dict[int, int],
        clusters: np.ndarray,
        committed: np.ndarray,
        index: np.ndarray,
        arrivals: np.ndarray,
    ) -> np.ndarray:
        """When the controllers get to some of an owner's clusters (index), whose work arrives at a time; a row for each
        carrier, which all arrive at once.

        owner: who plans again when that moves; None for work that nobody plans again. counts: carrier -> how many equal
        jobs it makes in each cluster; the last one counts.
        """
        work = next((work for work in self._works if work.owner is owner), None) if owner is not None else None
        if work is None:
            work = _Work(owner, np.array([*counts]), np.array([*counts.values()]), clusters, committed)
            self._works.append(work)
        if (work.arrivals[index] != arrivals).any():  # an engine asks again far more often than anything has changed
            work.arrivals[index] = arrivals
            self._serve()
        work.told[:, index] = work.begins[:, index]
        return work.begins[:, index]

    def again(self) -> None:
        """The rule gives other answers now."""
        if self._works:
            self._serve()

    def moved(self) -> list[tuple[Any, np.ndarray]]:
        """Owners, and the elements of theirs that begin at another time than they have been told."""
        found = []
        for work in self._works:
            if work.owner is None:
                continue
            index = np.flatnonzero((work.begins != work.told).any(axis=0) & np.isfinite(work.committed))
            if index.size:
                found.append((work.owner, index))
        return found

    def _serve(self) -> None:
        works = self._works
        carrier = np.concatenate([np.repeat(w.carriers, len(w.clusters)) for w in works])
        cluster = np.concatenate([np.tile(w.clusters, len(w.carriers)) for w in works])
        arrives = [np.where(np.isfinite(w.committed), w.arrivals, NEVER) for w in works]
        arrival = np.concatenate([np.tile(at, len(w.carriers)) for w, at in zip(works, arrives, strict=True)])
        count = np.concatenate([np.repeat(w.counts, len(w.clusters)) for w in works])
        application = carrier * (int(cluster.max(initial=0)) + 1) + cluster
        first, same = _once(application, arrival)
        jobs = _Jobs(carrier[first], cluster[first], arrival[first], count[first])
        begins = self._in_passes(jobs, application[first])[same]
        done = 0
        for work in works:
            work.begins = begins[done : done + work.begins.size].reshape(work.begins.shape)
            done += work.begins.size

    def _in_passes(self, jobs: _Jobs, application: np.ndarray) -> np.ndarray:
        """When each job begins, with those that come while their application is busy brought together."""
        begins = self._rule(*jobs)
        passes = _Passes(application, jobs.at, self._busy)
        if not passes.overlap(begins):
            return begins
        leader, due = passes.of(begins)
        # What happens first is right first; each round is right for one pass more, at least.
        for _ in range(MOST_PASSES):
            heads = np.unique(leader[np.isfinite(due)])
            most = np.zeros(len(due), np.int64)
            np.maximum.at(most, leader, jobs.count)
            begins[heads] = self._rule(jobs.carrier[heads], jobs.cluster[heads], due[heads], most[heads])
            before, (leader, due) = (leader, due), passes.of(begins)
            if np.array_equal(leader, before[0]) and np.array_equal(due, before[1]):
                break
        return begins[leader]


class _Jobs(NamedTuple):
    """Pieces of work, as a rule takes them."""

    carrier: np.ndarray
    cluster: np.ndarray
    at: np.ndarray
    count: np.ndarray


class _Passes:
    """The jobs of each application in order of arrival, parted into passes: the first of a pass stands for it."""

    def __init__(self, application: np.ndarray, at: np.ndarray, busy: float) -> None:
        comes = np.flatnonzero(at < NEVER)
        order = comes[np.argsort(at[comes], kind="stable")]
        self._order = order[stable_order(application[order])]
        self._of, self._at, self._busy, self._size = application[self._order], at[self._order], busy, len(at)
        begins = np.ones(len(self._order), bool)
        begins[1:] = self._of[1:] != self._of[:-1]
        self._first = np.flatnonzero(begins)
        self._end = np.append(self._first[1:], len(self._order))
        self._same = ~begins[1:]

    def overlap(self, begins: np.ndarray) -> bool:
        """Whether anything comes while its application is busy with the job before, if each is worked on by itself."""
        free = begins[self._order] + self._busy
        return bool((self._same & (self._at[1:] < free[:-1])).any())

    def of(self, begins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """For each job the one that stands for its pass, and for that one when the pass is due."""
        at, free = self._at, begins[self._order] + self._busy
        span = 1.0 + float(np.max(np.where(np.isfinite(free), free, at), initial=0.0))
        number = np.repeat(np.arange(len(self._first)), self._end - self._first)
        keys = number * span + at
        heads, due = np.zeros(len(at), bool), at.copy()
        application, now = np.arange(len(self._first)), self._first.copy()
        ends = now + 1
        while len(now):
            # The pass of `now` holds the jobs up to `ends`; what comes before it is over is the next pass.
            heads[now] = True
            until = np.maximum(due[now] + self._busy, free[now])
            more = ends < self._end[application]
            application, now, ends, until = application[more], ends[more], ends[more], until[more]
            behind = at[now] < until
            due[now[behind]] = until[behind]
            ends = np.where(behind, np.searchsorted(keys, application * span + np.minimum(until, span)), now + 1)
            ends = np.minimum(np.maximum(ends, now + 1), self._end[application])
        head = np.maximum.accumulate(np.where(heads, np.arange(len(at)), 0))  # a pass stands together
        leader, when = np.arange(self._size), np.full(self._size, NEVER)
        leader[self._order], when[self._order] = self._order[head], due
        return leader, when


def _once(what: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Commits that are seen by the same look are one piece of work: where each piece stands first, and for each element
    its piece."""
    order = np.argsort(at, kind="stable")
    order = order[stable_order(what[order])]
    new = np.ones(len(order), bool)
    new[1:] = (what[order][1:] != what[order][:-1]) | (at[order][1:] != at[order][:-1])
    if new.all():
        return np.arange(len(order)), np.arange(len(order))
    leader = np.empty(len(order), np.int64)
    leader[order] = order[np.flatnonzero(new)[np.cumsum(new) - 1]]
    first = np.unique(leader)
    return first, np.searchsorted(first, leader)
