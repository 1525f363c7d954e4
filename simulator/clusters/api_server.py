"""How much the API servers of a cluster take, and whom they turn away first.

Without priority and fairness whoever asks too much takes the API from everybody. With it each kind of client
has its share of the seats: the API is up, and gone for that kind only. What no seat bounds (lists so large that
they fill the memory) brings the servers down either way. A server that is out takes its seats with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from simulator import facts
from simulator.components import Loads, too_much
from simulator.kernel import Intervals
from simulator.scenario.condition import Load
from simulator.scenario.kubernetes import ApiServer

#: Kind of client -> its priority level, as Kubernetes configures it.
LEVELS = {"nodes": "node-high", "controllers": "workload-high", "workloads": "workload-low"}


def shares() -> dict[str, float]:
    """The share of the seats that each kind of client has."""
    row = dict(re.findall(r"([a-z-]+) ([0-9]+)", facts.get("kubernetes.apf.shares").value))
    total = sum(float(share) for share in row.values())
    return {kind: float(row[level]) / total for kind, level in LEVELS.items()}


class ApiServers:
    """servers: how many each cluster has. out: when servers are out, one interval each, for a mask of clusters; entity
    is the cluster, and several may hold at once."""

    def __init__(
        self,
        settings: ApiServer,
        servers: np.ndarray,
        loads: Loads,
        out: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]],
    ) -> None:
        self._say, self._servers, self._loads, self._out = settings, servers, loads, out
        self._shares = shares()

    def overwhelmed(self, clusters: np.ndarray) -> Intervals:
        """When the API is gone for everybody."""
        fair = self._say.fairness
        return self._saturated(clusters, 1.0, lambda load: not (fair and load.bounded))

    def turned_away(self, kind: str, clusters: np.ndarray) -> Intervals:
        """When one kind of client asks for more than its share."""
        if not self._say.fairness:
            return Intervals.none()
        return self._saturated(clusters, self._shares[kind], lambda load: load.bounded and load.by == kind)

    def _saturated(self, clusters: np.ndarray, share: float, counts: Callable[[Load], bool]) -> Intervals:
        where, begin, end, load = self._loads.on("api", clusters, counts)
        if not len(where):
            return Intervals.none()
        seats = self._say.seats * share
        gone, since, until = self._out(clusters)
        weak = self._loads.weakened("api", clusters)
        return too_much(
            np.concatenate([where, gone, weak[0]]),
            np.concatenate([begin, since, weak[1]]),
            np.concatenate([end, until, weak[2]]),
            np.concatenate([load, np.full(len(gone), seats), weak[3] * seats * self._servers[weak[0]]]),
            self._servers * seats,
        )
