"""The replicas of one service in every cluster that carries it.

Replicas are spread evenly over the nodes of their pool and are taken to come back there in the end.
A drained replica is made anew elsewhere; a lost one too, but only after Kubernetes has waited for the
node (grace period and toleration), and not while most of the nodes are out, when evictions stop.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulator import facts
from simulator.kernel import Intervals, Keyed, Spells
from simulator.scenario.kubernetes import Kubernetes
from simulator.scenario.service import Service


class Replicas:
    """Where the replicas are, and when how many are missing.

    weight: replicas on each node. out: asks when nodes can't serve, for a mask of clusters; drained: when
    they are being drained. cluster: the cluster of each node.
    """

    def __init__(
        self,
        service: Service,
        kubernetes: Kubernetes,
        hosts: np.ndarray,
        cluster: np.ndarray,
        clusters: int,
        keyed: Keyed,
        out: Callable[[np.ndarray], Intervals],
        drained: Callable[[np.ndarray], Intervals],
    ) -> None:
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
        self._budget = np.array([service.pdb.allowed(int(r)) if service.pdb else r for r in self.replicas])
        self._refused = Spells(len(hosts))  # since when a drain of a node would fail because of this service
        self._crowd = facts.get("kubernetes.node.unhealthy_zone_threshold").number
        self._lost_after = kubernetes.node_monitor_grace_period + kubernetes.pod_toleration

    def missing(self, clusters: np.ndarray) -> tuple[Intervals, np.ndarray]:
        """When replicas of nodes are missing, for some clusters (bool), and how many; entity is the node. The same
        node may come up twice."""
        out = self._hosts_out(clusters)
        mass = Intervals.overlaps(
            self.cluster[out.entity], out.begin, out.end, 1, np.maximum(1, np.ceil(self._crowd * self._host_count))
        )
        out = out.where(self.weight[out.entity] > 0)
        if self.say.pinned or not len(out):
            return out, self.weight[out.entity]
        drains = self._drained(clusters & self.present)
        drains = drains.where(self.weight[drains.entity] > 0)
        drains = drains.where(~self._refused.intervals().covers(drains.entity, drains.begin))
        # Downtime that follows a drain hurts nobody: the pods had left, as many at once as the budget allows.
        lost = out.where(~drains.covers(out.entity, np.nextafter(out.begin, -np.inf)))
        pods = self.weight[drains.entity]
        at_once = np.minimum(pods, np.maximum(self._budget[self.cluster[drains.entity]], 1))
        moved = Intervals(drains.entity, drains.begin, drains.begin + np.ceil(pods / at_once) * self._startup(drains))
        evicted = mass.over_from(self.cluster[lost.entity], lost.begin + self._lost_after)
        lost = lost.shortened(evicted + self._startup(lost) - lost.begin)
        both = [np.concatenate([getattr(moved, name), getattr(lost, name)]) for name in ("entity", "begin", "end")]
        return Intervals(*both), np.concatenate([at_once, self.weight[lost.entity]])

    def _hosts_out(self, clusters: np.ndarray) -> Intervals:
        out = self._out(clusters & self.present)
        return out.where(self.hosts[out.entity])

    def _startup(self, spells: Intervals) -> np.ndarray:
        return self._keyed.draw(
            self.say.startup, f"{self.say.name}.startup", spells.entity, (spells.begin * 1000).astype(np.int64)
        )

    def short(self, clusters: np.ndarray, below: int | None = None) -> Intervals:
        """When fewer than `below` replicas (default: what the service needs) are available; entity is the cluster."""
        below = self.say.needs_count if below is None else below
        limit = np.maximum(self.replicas - below + 1, 1)
        missing, count = self.missing(clusters)
        found = Intervals.overlaps(self.cluster[missing.entity], missing.begin, missing.end, count, limit)
        if self.say.pinned:
            return found
        out = self._hosts_out(clusters)  # with no host left there is nowhere to go
        return found.union(
            Intervals.overlaps(self.cluster[out.entity], out.begin, out.end, 1, np.maximum(self._host_count, 1))
        )

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
        missing, count = self.missing(mask)
        gone = (missing.begin <= now) & (missing.end > now)
        sick = np.bincount(self.cluster[missing.entity[gone]], count[gone], self.clusters)
        allowed = (self._budget - sick)[self.cluster[nodes]]
        blocked = (pods > 0) & (allowed < 1)
        self._refused.open(nodes[blocked], np.full(int(blocked.sum()), now))
        self._refused.close(nodes[~blocked], now)
        rounds = np.ceil(pods / np.maximum(allowed, 1))
        startup = self._keyed.draw(self.say.startup, f"{self.say.name}.drain", nodes)
        return seconds + np.maximum(rounds - 1, 0) * startup, blocked
