"""When the control plane gives up nodes that it does not hear of.

A node without a heartbeat is not ready after the grace period. Then it is tainted, so that its pods leave
when their toleration is over; but taints come one by one in each zone, slowly or not at all where most of
a zone (three nodes or more) is not ready, and none while not a single node of the cluster is: then it is
rather the network. A zone that is gone as a whole, while others are not, is given up at the usual pace.
"""

from __future__ import annotations

import numpy as np

from simulator import facts
from simulator.kernel import NEVER, Intervals

_HOUR = 3600.0
#: Fewer nodes are never most of a zone (ComputeZoneState of the node lifecycle controller).
_FEWEST = 3


class Evictions:
    """zone: for each node the number of its zone, zones of different clusters apart. cluster: its cluster's number."""

    def __init__(self, zone: np.ndarray, cluster: np.ndarray) -> None:
        self.zone, self.cluster = zone, cluster
        self._size = np.bincount(zone)
        self._cluster_size = np.bincount(cluster)
        threshold = facts.get("kubernetes.node.unhealthy_zone_threshold").number
        self._many = np.maximum(_FEWEST, np.ceil(threshold * self._size - 1e-9))
        self._gap = 1.0 / facts.get("kubernetes.node.eviction_rate").number
        large = facts.get("kubernetes.node.large_cluster_threshold").number
        slow = 1.0 / facts.get("kubernetes.node.secondary_eviction_rate").number
        #: Seconds between two taints of a zone most of which is not ready; small clusters wait.
        self._slow_gap = np.where(self._cluster_size > large, slow, NEVER)

    def tainted_at(self, unready: Intervals, lasting: float = 0.0) -> np.ndarray:
        """When each node is tainted, for each interval in which it is not ready (all nodes of their clusters must be
        among them); NEVER where it comes back before.

        lasting: only what is not ready for longer matters, s; where nothing is, taints are not told apart.
        """
        tainted = unready.begin.copy()
        long = unready.end - unready.begin > lasting
        if not long.any():
            return tainted
        index = np.flatnonzero(self._near(unready, long))
        tainted[index] = self._tainted(Intervals(unready.entity[index], unready.begin[index], unready.end[index]))
        if (long & (tainted > unready.begin + _HOUR)).any():  # one had to wait for so long that more may have mattered
            return self._tainted(unready)
        return tainted

    def _near(self, unready: Intervals, long: np.ndarray) -> np.ndarray:
        """Which intervals may make a long one wait for its taint: those of its cluster around its beginning."""
        hour = np.minimum(unready.begin / _HOUR, 1e7).astype(np.int64)
        hours = int(hour.max()) + 2
        marked = np.zeros(len(self._cluster_size) * (hours + 1), bool)
        where = self.cluster[unready.entity].astype(np.int64)
        backlog = int(np.ceil(self._size.max() * self._gap / _HOUR))  # hours that a whole zone takes in turn
        for ahead in range(-backlog - 1, 2):
            at = hour[long] + ahead
            fits = (at >= 0) & (at < hours)
            marked[where[long][fits] * (hours + 1) + at[fits]] = True
        return marked[where * (hours + 1) + hour]

    def _tainted(self, unready: Intervals) -> np.ndarray:
        tainted, zone = unready.begin.copy(), self.zone[unready.entity]
        mass = Intervals.overlaps(zone, unready.begin, unready.end, 1, self._many)
        mass = mass.minus(Intervals.overlaps(zone, unready.begin, unready.end, 1, np.maximum(self._size, 1)))
        order = np.lexsort((unready.begin, zone))
        close = np.flatnonzero((np.diff(unready.begin[order]) < self._gap) & (np.diff(zone[order]) == 0))
        busy = np.zeros(len(self._size), bool)  # zones in which a taint may have to wait
        busy[zone[order][close]] = busy[mass.entity] = True
        where = self.cluster[unready.entity]
        dark = Intervals.overlaps(where, unready.begin, unready.end, 1, np.maximum(self._cluster_size, 1))
        busy[zone[np.isin(where, dark.entity)]] = True
        if not busy.any():
            return tainted
        waiting = order[busy[zone[order]]]
        for index in np.split(waiting, np.flatnonzero(np.diff(zone[waiting])) + 1):
            self._in_turn(unready, index, mass, dark, tainted)
        return tainted

    def _in_turn(
        self, unready: Intervals, index: np.ndarray, mass: Intervals, dark: Intervals, tainted: np.ndarray
    ) -> None:
        """The taints of one zone, by the time at which its nodes are not ready."""
        node = unready.entity[index[0]]
        slow = float(self._slow_gap[self.cluster[node]])
        crowded = _spans(mass, self.zone[node])
        stopped = _spans(dark, self.cluster[node]) + (crowded if slow == NEVER else [])
        free = 0.0
        for k, begin, end in zip(
            index.tolist(), unready.begin[index].tolist(), unready.end[index].tolist(), strict=True
        ):
            at = max(begin, free)
            while wait := [until for since, until in stopped if since <= at < until]:
                at = max(wait)
            if at >= end:
                tainted[k] = NEVER
                continue
            tainted[k] = at
            free = at + (slow if any(since <= at < until for since, until in crowded) else self._gap)


def _spans(intervals: Intervals, entity: int) -> list[tuple[float, float]]:
    mine = intervals.entity == entity
    return list(zip(intervals.begin[mine].tolist(), intervals.end[mine].tolist(), strict=True))
