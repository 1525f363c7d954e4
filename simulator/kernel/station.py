"""Stations: c servers and a queue in order of arrival."""

from __future__ import annotations

import heapq

import numpy as np


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
