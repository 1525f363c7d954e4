"""The work that commits make for the controllers of an engine, and when it is begun, given all the rest of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simulator.kernel import NEVER

#: From jobs (carrier, cluster, arrival, how many) to when the last of each begins.
Rule = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]


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

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
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
        carrier, which all arrive at once. counts: carrier -> equal jobs it makes in each cluster; the last one counts.
        """
        work = next((work for work in self._works if work.owner is owner), None)
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
        first, same = _once(carrier * (int(cluster.max(initial=0)) + 1) + cluster, arrival)
        begins = self._rule(carrier[first], cluster[first], arrival[first], count[first])[same]
        done = 0
        for work in works:
            work.begins = begins[done : done + work.begins.size].reshape(work.begins.shape)
            done += work.begins.size


def _once(what: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Commits that are seen by the same look are one piece of work: where each piece stands first, and for each element
    its piece."""
    order = np.argsort(at, kind="stable")
    order = order[np.argsort(what[order], kind="stable")]
    new = np.ones(len(order), bool)
    new[1:] = (what[order][1:] != what[order][:-1]) | (at[order][1:] != at[order][:-1])
    leader = np.empty(len(order), np.int64)
    leader[order] = order[np.flatnonzero(new)[np.cumsum(new) - 1]]
    first = np.unique(leader)
    return first, np.searchsorted(first, leader)
