"""The replicas of one service in every cluster that carries it.

Replicas are spread evenly over the nodes of their pool and are taken to come back there in the end.
A drained replica is made anew elsewhere; a lost one too, but only after Kubernetes has given up the node
and while there is a control plane to do it; where its image is not on the other node, the registry must
be there as well. What a rolling update takes away is missing besides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simulator import facts
from simulator.kernel import NEVER, Intervals, Keyed, Spells, Weighted, in_turn, joined
from simulator.scenario.service import Service
from simulator.services.elsewhere import Elsewhere, Losses

#: A replica that has been driven from host to host so often stays where it is.
_MOST_MOVES = 50


@dataclass(frozen=True)
class Ground:
    """What replicas stand on. Questions take a mask of clusters (bool) unless they say otherwise.

    cluster: of each node. lost: when nodes can't serve (entity is the node), and when each is given up. drained: when
    nodes are drained. replaced: which nodes are new machines at a time, from nodes and times. stuck: when nothing new
    is started, for want of a control plane; entity is the cluster. pulled_at: when images whose pull begins at a time
    are there, from clusters, times and durations. ahead: how long the image waits on nodes for those before it.
    spoilt: when what is started gets a version that fails (a tag that was moved). updated: what rolling updates take.
    none_up: when all of some hosts (bool) of a cluster are out, in some clusters (bool), from the intervals in which
    single ones are. version: what changes whenever a plan does.
    """

    cluster: np.ndarray
    clusters: int
    lost: Callable[[np.ndarray], tuple[Intervals, np.ndarray]]
    drained: Callable[[np.ndarray], Intervals]
    replaced: Callable[[np.ndarray, np.ndarray], np.ndarray]
    stuck: Callable[[np.ndarray], Intervals]
    pulled_at: Callable[[np.ndarray, np.ndarray, np.ndarray | float], np.ndarray]
    ahead: Callable[[np.ndarray], np.ndarray]
    spoilt: Callable[[np.ndarray], Intervals]
    updated: Callable[[np.ndarray], Weighted]
    none_up: Callable[[np.ndarray, np.ndarray, Intervals], Intervals]
    version: Callable[[], object]


class Replicas:
    """Where the replicas are, and when how many are missing.

    hosts: which nodes may carry them (bool). weight: replicas on each node. cold: clusters (bool) in which a replica
    that moves may come to a node that never had the image.
    """

    def __init__(self, service: Service, hosts: np.ndarray, cluster: np.ndarray, clusters: int, keyed: Keyed) -> None:
        self.say, self.hosts, self.cluster, self.clusters, self._keyed = service, hosts, cluster, clusters, keyed
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
        self.cold = np.bincount(cluster, self.weight > 0, clusters) < count
        self._budget = np.array([service.pdb.allowed(int(r)) if service.pdb else r for r in self.replicas])
        most = np.zeros(clusters, np.int64)
        np.maximum.at(most, cluster, self._at_once())
        #: Nodes of each cluster whose pods may leave at the same time.
        self._lanes = np.maximum(self._budget // np.maximum(most, 1), 1)
        self._elsewhere = Elsewhere(hosts, cluster, clusters, keyed, f"{service.name}.elsewhere")
        self.refused = Spells(len(hosts))  # since when a drain of a node would fail because of this service
        self.ground: Ground | None = None  # set by the run
        self._known: tuple[tuple, tuple[Weighted, Intervals]] | None = None

    # --- what is missing ----------------------------------------------------------------------------------------

    def missing(self, clusters: np.ndarray) -> Weighted:
        """When how many replicas are missing, in some clusters (bool); entity is the cluster, spells may overlap."""
        return self._looked(clusters)[0]

    def _looked(self, clusters: np.ndarray) -> tuple[Weighted, Intervals]:
        """What is missing, and when all hosts are out. It is asked for at several levels: it is kept while it holds."""
        here = clusters & self.present
        key = (here.tobytes(), self.ground.version())
        if self._known is None or self._known[0] != key:
            out, given_up = self._hosts_out(here)
            self._known = key, (self._missing(here, out, given_up), self.ground.none_up(self.hosts, here, out))
        return self._known[1]

    def _missing(self, here: np.ndarray, out: Intervals, given_up: np.ndarray) -> Weighted:
        hosts = Losses(out, given_up)
        carries = self.weight[out.entity] > 0
        out, given_up = out.where(carries), given_up[carries]
        drains = Intervals.none()
        if not self.say.pinned and len(out):
            drains = self.ground.drained(here)
            drains = drains.where(self.weight[drains.entity] > 0)
            drains = drains.where(~self.refused.intervals().covers(drains.entity, drains.begin))
            # Downtime that follows a drain hurts nobody: the pods had left, as many at once as the budget allows.
            hurts = ~drains.covers(out.entity, np.nextafter(out.begin, -np.inf))
            out, given_up = out.where(hurts), given_up[hurts]
        lost = self._lost(here, out, given_up, hosts)
        moved = self._moved(drains).minus(lost)  # a pod that is still on its way is not missing twice
        parts = [self._from(lost, self.weight), self._from(moved, self._at_once()), self.ground.updated(here)]
        return joined(parts)

    def _from(self, nodes: Intervals, pods: np.ndarray) -> Weighted:
        """So many pods (by node) are missing while their nodes are without them."""
        return self.cluster[nodes.entity], nodes.begin, nodes.end, pods[nodes.entity]

    def _at_once(self) -> np.ndarray:
        """How many pods a drain of a node sends elsewhere at once: as many as the budget allows."""
        return np.minimum(self.weight, np.maximum(self._budget[self.cluster], 1))

    def _hosts_out(self, clusters: np.ndarray) -> tuple[Intervals, np.ndarray]:
        out, given_up = self.ground.lost(clusters)
        mine = self.hosts[out.entity]
        return out.where(mine), given_up[mine]

    def _lost(self, here: np.ndarray, out: Intervals, given_up: np.ndarray, hosts: Losses) -> Intervals:
        """When nodes that are out have their replicas nowhere: they are back with the node, or elsewhere when it has
        been given up."""
        home, begin, until = out.entity, out.begin, self._back_home(out)
        if self.say.pinned or self.say.workload == "statefulset":
            return Intervals.of(home, begin, until)
        ends, spells = out.end, []
        for _ in range(_MOST_MOVES):
            # They are back when their host is, or elsewhere, or at home: whatever comes first.
            back = np.minimum(until, ends if spells else NEVER)
            left = (given_up < ends) & (given_up < until)
            at = self._start(self.cluster[home[left]], given_up[left])
            back[left] = np.minimum(back[left], self._ready(home[left], begin[left], at))
            spells.append((home, begin, back))
            away = back < until
            home, since, until = home[away], back[away], until[away]
            host = self._elsewhere.host(home, since, hosts)
            if (host < 0).any():  # nowhere to go, until any host is up
                later = np.minimum(
                    self.ground.none_up(self.hosts, here, hosts.out).over_from(self.cluster[home], since), until
                )
                spells.append((home, since, np.where(host < 0, later, since)))
                since = np.where(host < 0, later, since)
                host = np.where(host < 0, self._elsewhere.host(home, since, hosts), host)
            taken = host >= 0  # the others wait for their home
            spells.append((home[~taken], since[~taken], until[~taken]))
            home, since, until = home[taken], since[taken], until[taken]
            begin, ends, given_up = hosts.next(host[taken], since)
            again = begin < until  # the host is lost before the home is back
            home, begin, ends, given_up, until = (part[again] for part in (home, begin, ends, given_up, until))
            if not len(home):
                break
        return Intervals.of(*(np.concatenate(column) for column in zip(*spells, strict=True)))

    def _moved(self, drains: Intervals) -> Intervals:
        """When drains have sent replicas of nodes away that are not yet elsewhere, as many at once as the budget
        allows; what is drained beside others waits for its turn."""
        where, pods = self.cluster[drains.entity], self.weight[drains.entity]
        rounds = np.ceil(pods / np.maximum(self._at_once()[drains.entity], 1))
        at = self._start(where, drains.begin)
        lasts = at - drains.begin + rounds * (self._ready(drains.entity, drains.begin, at) - at)
        begin = drains.begin
        if self.say.pdb is not None and len(drains):
            order = np.lexsort((drains.begin, where))
            turn = np.empty(len(order), np.int64)
            turn[order] = _number(where[order]) % self._lanes[where[order]]
            begin = in_turn(where * (int(self._lanes.max()) + 1) + turn, drains.begin, lasts)
        return Intervals.of(drains.entity, begin, begin + lasts)

    # --- starting pods ------------------------------------------------------------------------------------------

    def _start(self, where: np.ndarray, at: np.ndarray) -> np.ndarray:
        """When Kubernetes starts anew what has to be, in clusters at times: when there is a control plane."""
        if not len(where):
            return at
        return self.ground.stuck(self._mask(where)).over_from(where, at)

    def _ready(self, nodes: np.ndarray, event: np.ndarray, at: np.ndarray) -> np.ndarray:
        """When replicas of nodes, lost or drained at `event`, are ready elsewhere if they are started at a time."""
        where, key = self.cluster[nodes], (event * 1000).astype(np.int64)
        pull = np.where(
            self.cold[where], self._keyed.draw(self.say.image.pull, f"{self.say.name}.pull", nodes, key), 0.0
        )
        asks = self.cold[where] | self.say.image.always
        found = at.copy()
        if asks.any():
            found[asks] = self.ground.pulled_at(where[asks], at[asks], pull[asks])
        return self._unspoilt(where, found + self._keyed.draw(self.say.startup, f"{self.say.name}.startup", nodes, key))

    def _back_home(self, out: Intervals) -> np.ndarray:
        """When the replicas of a node are back that has come back itself: with it, if no image is missing there."""
        ends, where = out.end.copy(), self.cluster[out.entity]
        comes = np.isfinite(ends)
        empty = np.zeros(len(ends), bool)
        empty[comes] = self.ground.replaced(out.entity[comes], ends[comes])
        asks = comes & (empty | self.say.image.always)
        if asks.any():
            nodes = out.entity[asks]
            pull = self._keyed.draw(
                self.say.image.pull, f"{self.say.name}.pull", nodes, (ends[asks] * 1000).astype(np.int64)
            )
            lasts = np.where(empty[asks], self.ground.ahead(nodes) + pull, 0.0)
            ends[asks] = self._unspoilt(where[asks], self.ground.pulled_at(where[asks], ends[asks], lasts))
        return ends

    def _unspoilt(self, where: np.ndarray, ready: np.ndarray) -> np.ndarray:
        """What is started with a version that fails is ready when that version is gone."""
        if not self.say.image.always:
            return ready
        return self.ground.spoilt(self._mask(where)).over_from(where, ready)

    def _mask(self, where: np.ndarray) -> np.ndarray:
        found = np.zeros(self.clusters, bool)
        found[where] = True
        return found

    def _before(self, nodes: np.ndarray, together: np.ndarray, carries: np.ndarray) -> np.ndarray:
        """How many nodes that carry replicas are drained together with each node, in its cluster, and before it."""
        found, mine = np.zeros(len(nodes), np.int64), np.flatnonzero(carries)
        _, group = np.unique(np.stack([self.cluster[nodes[mine]], together[mine]]), axis=1, return_inverse=True)
        order = np.argsort(group, kind="stable")
        found[mine[order]] = _number(group[order])
        return found

    # --- what follows from it -----------------------------------------------------------------------------------

    def short(self, clusters: np.ndarray, below: int | None = None) -> Intervals:
        """When fewer than `below` replicas (default: what the service needs) are available; entity is the cluster."""
        below = self.say.needs_count if below is None else below
        missing, none_up = self._looked(clusters)
        found = Intervals.overlaps(*missing, np.maximum(self.replicas - below + 1, 1))
        return found if self.say.pinned else found.union(none_up)  # with no host left there is nowhere to go

    def drain(self, nodes: np.ndarray, together: np.ndarray, now: float) -> tuple[np.ndarray, np.ndarray]:
        """What draining nodes meets: seconds to evict this service's pods, and whether its budget allows none.

        together: a number for each node; those with the same are drained at once, and share the budget. Replicas that
        are missing now for whatever reason use it up: lost, sick, or taken by a rolling update.
        """
        pods = self.weight[nodes]
        stop = facts.get("pod.stop_duration").seconds
        seconds = np.where(pods > 0, stop, 0.0)
        if self.say.pdb is None:
            return seconds, np.zeros(len(nodes), bool)
        where, begin, end, count = self.missing(self._mask(self.cluster[nodes]))
        gone = (begin <= now) & (end > now)
        sick = np.bincount(where[gone], count[gone], self.clusters)
        allowed = (self._budget - sick)[self.cluster[nodes]]
        blocked = (pods > 0) & (allowed < 1)
        self.refused.open(nodes[blocked], np.full(int(blocked.sum()), now))
        self.refused.close(nodes[~blocked], now)
        lanes = np.maximum(allowed // np.maximum(np.minimum(pods, allowed), 1), 1)
        rounds = np.ceil(pods / np.maximum(allowed, 1)) * (1 + self._before(nodes, together, pods > 0) // lanes)
        startup = self._keyed.draw(self.say.startup, f"{self.say.name}.drain", nodes)
        return seconds + np.maximum(rounds - 1, 0) * startup, blocked


def _number(group: np.ndarray) -> np.ndarray:
    """The number of each element in its group, from 0; groups stand together."""
    begins = np.ones(len(group), bool)
    begins[1:] = group[1:] != group[:-1]
    first = np.flatnonzero(begins)
    return np.arange(len(group)) - np.repeat(first, np.diff(np.append(first, len(group))))
