"""Stations: c servers and a queue in order of arrival."""

from __future__ import annotations

import heapq

import numpy as np

#: A wait below this is the rounding of sums, not a wait (s).
_ROUNDING = 1e-6


def in_turn(queue: np.ndarray, at: np.ndarray, lasts: np.ndarray) -> np.ndarray:
    """When each job begins if every queue has one server and serves in order of arrival. Jobs that do not wait begin
    on arrival, to the last digit."""
    order = np.lexsort((at, queue))
    queue, at, lasts = queue[order], at[order], lasts[order]
    waits = (queue[1:] == queue[:-1]) & (at[1:] < at[:-1] + lasts[:-1])
    if waits.any():
        for group in np.split(np.arange(len(queue)), np.flatnonzero(queue[1:] != queue[:-1]) + 1):
            if waits[group[:-1]].any():
                done = np.cumsum(lasts[group]) - lasts[group]
                start = np.maximum.accumulate(at[group] - done) + done
                at[group] = np.where(start > at[group] + _ROUNDING, start, at[group])
    found = np.empty(len(order))
    found[order] = at
    return found


class Station:
    """`servers` workers that serve one job each; a rate limits how often a job may start.

    rate: starts per second at most, or None.
    """

    def __init__(self, servers: int, rate: float | None = None) -> None:
        self._free = [0.0] * servers
        self._gap = 1.0 / rate if rate else 0.0
        self._next_start = -np.inf

    def serve(self, arrivals: np.ndarray, service: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Queue a batch; returns when each job starts and ends. Earlier batches stand in front.

        A job whose service never ends keeps its server for good.
        """
        starts = np.full(len(arrivals), np.inf)
        order = np.argsort(arrivals, kind="stable")
        order = order[: np.count_nonzero(arrivals < np.inf)]
        free, gap, next_start, found = self._free, self._gap, self._next_start, []
        for arrival, lasts in zip(arrivals[order].tolist(), service[order].tolist(), strict=True):
            start = max(free[0], arrival, next_start)
            if start == np.inf:  # no server will ever be free again
                break
            found.append(start)
            next_start = start + gap
            heapq.heapreplace(free, start + lasts)
        self._next_start = next_start
        starts[order[: len(found)]] = found
        return starts, starts + service
