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
        starts, ends = np.full(len(arrivals), np.inf), np.full(len(arrivals), np.inf)
        for index in np.argsort(arrivals, kind="stable"):
            if not np.isfinite(arrivals[index]):
                continue
            start = max(self._free[0], float(arrivals[index]), self._next_start)
            if not np.isfinite(start):
                break
            starts[index] = start
            ends[index] = start + float(service[index])
            self._next_start = start + self._gap
            heapq.heapreplace(self._free, ends[index])
        return starts, ends
