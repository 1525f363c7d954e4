"""The replicas of one service in every cluster that carries it.

Replicas are spread evenly over the nodes of their pool and are taken to come back there in the end.
A drained replica is made anew elsewhere; a lost one too, but only after Kubernetes has waited for the
node (grace period and toleration), and not while most of the nodes are out, when evictions stop.
"""

from __future__ import annotations

from typing import Callable

import numpy as np

from simulator import facts
from simulator.kernel import Intervals, Keyed
from simulator.scenario.service import Service


class Replicas:
    """Where the replicas are, and when how many are missing.

    weight: replicas on each node. out: asks when nodes can't serve, for a mask of clusters; drained: when
    they are being drained. cluster: the cluster of each node.
    """

    def __init__(self, service: Service, hosts: np.ndarray, cluster: np.ndarray, clusters: int, keyed: Keyed,
                 out: Callable[[np.ndarray], Intervals], drained: Callable[[np.ndarray], Intervals]) -> None:
        self.say, self.cluster, self.clusters = service, cluster, clusters
        self._out, self._drained, self._keyed = out, drained, keyed
        self.hosts = hosts
        count = np.bincount(cluster[hosts], minlength=clusters)
        self.present = count > 0
        place = np.zeros(len(hosts), int)
        index = np.flatnonzero(hosts)
        first = np.cumsum(count) - count
        place[index] = np.arange(len(index)) - first[cluster[index]]
        size = np.maximum(count[cluster], 1)
        self.weight = np.where(hosts, service.replicas // size + (place < service.replicas % size), 0)
        if service.pinned:  # one a node, and no more than there are nodes
            self.weight = np.minimum(self.weight, 1)
        self.replicas = np.bincount(cluster, self.weight, clusters).astype(int)
        self._host_count = count
        self._lost_after = (facts.get("kubernetes.node.monitor_grace_period_new").seconds
                            + facts.get("kubernetes.node.default_toleration_seconds").seconds)

    def missing(self, clusters: np.ndarray) -> Intervals:
        """When the replicas of each node are missing, for some clusters (bool); entity is the node."""
        carried = clusters & self.present
        out = self._out(carried)
        out = out.where(self.weight[out.entity] > 0)
        if self.say.pinned or not len(out):
            return out
        drains = self._drained(carried)
        drains = drains.where(self.weight[drains.entity] > 0)
        # Downtime that follows a drain hurts nobody: the pods had left. They were missing while they moved.
        after_drain = drains.covers(out.entity, np.nextafter(out.begin, -np.inf))
        moved = Intervals(drains.entity, drains.begin, drains.begin + self._startup(drains))
        lost = out.where(~after_drain)
        crowd = facts.get("kubernetes.node.unhealthy_zone_threshold").number
        mass = Intervals.overlaps(self.cluster[out.entity], out.begin, out.end, 1,
                                  np.maximum(1, np.ceil(crowd * self._host_count)))
        evicted = lost.begin + self._lost_after
        evicted = mass.over_from(self.cluster[lost.entity], evicted)
        lost = lost.shortened(evicted + self._startup(lost) - lost.begin)
        return moved.union(lost)

    def _startup(self, spells: Intervals) -> np.ndarray:
        return self._keyed.draw(self.say.startup, f"{self.say.name}.startup", spells.entity,
                                (spells.begin * 1000).astype(np.int64))

    def short(self, clusters: np.ndarray, below: int | None = None) -> Intervals:
        """When fewer than `below` replicas (default: what the service needs) are available; entity is the cluster."""
        missing = self.missing(clusters)
        if not len(missing):
            return missing
        below = self.say.needs_count if below is None else below
        limit = np.maximum(self.replicas - below + 1, 1)
        return Intervals.overlaps(self.cluster[missing.entity], missing.begin, missing.end,
                                  self.weight[missing.entity], limit)

    def drain(self, nodes: np.ndarray, now: float) -> tuple[np.ndarray, np.ndarray]:
        """What draining nodes meets: seconds to evict this service's pods, and whether its budget allows none.

        Replicas that are missing now for no planned reason use up the budget.
        """
        pods = self.weight[nodes]
        stop = facts.get("pod.stop_duration").seconds
        seconds = np.where(pods > 0, stop, 0.0)
        if self.say.pdb is None:
            return seconds, np.zeros(len(nodes), bool)
        mask = np.zeros(self.clusters, bool)
        mask[self.cluster[nodes]] = True
        missing = self.missing(mask)
        gone = missing.where((missing.begin <= now) & (missing.end > now))
        sick = np.bincount(self.cluster[gone.entity], self.weight[gone.entity], self.clusters)
        budget = np.array([self.say.pdb.allowed(int(r)) for r in self.replicas]) - sick
        allowed = budget[self.cluster[nodes]]
        blocked = (pods > 0) & (allowed < 1)
        rounds = np.ceil(pods / np.maximum(allowed, 1))
        startup = self._keyed.draw(self.say.startup, f"{self.say.name}.drain", nodes)
        return seconds + np.maximum(rounds - 1, 0) * startup, blocked
