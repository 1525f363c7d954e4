"""Kubernetes in one world: what its control planes do with nodes and pods, wired to what they stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.clusters import ApiServers, Evictions, ImagePulls, Quorum, Release, Releases
from simulator.kernel import NEVER, Intervals
from simulator.nodes.states import State
from simulator.scenario.component import API_CLIENTS
from simulator.scenario.service import Service
from simulator.services import Ground, Replicas, Traffic

if TYPE_CHECKING:
    from simulator.run.world import World

#: What starting a pod anew takes.
CONTROL_PLANE = ("api.controllers", "scheduler")


class Kubernetes:
    """releases: the rolling updates of each service, by name; traffic: that of those whose users are counted."""

    def __init__(self, world: World) -> None:
        layout = world.layout
        self.world, self._grace = world, world.spec.kubernetes.grace_period
        self.evictions = Evictions(layout.together("zone of cluster"), layout.cluster)
        self.pulls = ImagePulls(lambda clusters: world.components.down("registry", clusters), layout.clusters)
        self.quorum = Quorum(layout.control_plane, layout.cluster, layout.clusters, self._machines_out, world.keyed)
        said = [s.toleration for s in world.spec.services if s.toleration is not None]
        self._shortest_toleration = min([world.spec.kubernetes.pod_toleration, *said])
        self._known_losses: tuple | None = None
        self._known_dark: tuple | None = None
        self.releases: dict[str, Releases] = {}
        self.traffic: dict[str, Traffic] = {}
        self._tell_components()

    def _tell_components(self) -> None:
        """What takes control planes down."""
        components, settings, quorum = self.world.components, self.world.spec.kubernetes.api_server, self.quorum
        if quorum.size.any():
            components.troubles.setdefault("etcd", []).append(quorum.lost)
            components.needs("api", "etcd")
        hosts = self.world.layout.hosts
        if (hosts >= 0).any():
            components.troubles.setdefault("api", []).append(self._hosts_down)
        servers = np.where(quorum.size > 0, quorum.size, settings.servers)
        api = ApiServers(settings, servers, components.loads, self._servers_out)
        components.troubles.setdefault("api", []).append(api.overwhelmed)
        for kind in API_CLIENTS:
            components.troubles.setdefault(f"api.{kind}", []).append(
                lambda clusters, kind=kind: api.turned_away(kind, clusters)
            )

    # --- services -----------------------------------------------------------------------------------------------

    def carry(self, service: Service) -> Replicas:
        """The replicas of a service, on the ground of this world."""
        world, layout, components = self.world, self.world.layout, self.world.components
        hosts = layout.select(service.select)
        workers = hosts & ~layout.control_plane
        hosts = workers if workers.any() else hosts  # a homelab's control planes work too
        replicas = Replicas(service, hosts, layout.cluster, layout.clusters, world.keyed)
        name = service.name
        releases = Releases(
            service,
            replicas.replicas,
            self.pulls,
            lambda: self._releases_of(service),
            world.spec.kubernetes.image_gc or NEVER,
            world.keyed,
            world.horizon,
        )
        self.releases[name] = releases
        replicas.ground = Ground(
            layout.cluster,
            layout.clusters,
            lambda clusters: self._given_up(service, clusters),
            lambda clusters: world.nodes.spans(State.DRAINING, clusters),
            self._replaced,
            lambda clusters: self._down(CONTROL_PLANE, clusters, service),
            self._pulled_at if name not in components.closure("registry") else lambda _, at, lasts: at + lasts,
            lambda nodes: self._ahead(service, nodes),
            lambda clusters: self._spoilt(service, clusters),
            releases.missing,
            self._none_up,
            components.version,
        )
        components.present[name] = replicas.present
        components.troubles.setdefault(name, []).append(replicas.short)
        components.weaknesses.setdefault(name, []).append(lambda clusters: replicas.short(clusters, service.replicas))
        pulls = service.image.always or replicas.cold.any() or any(c.service == name for c in world.changes)
        components.leans[name] = (*CONTROL_PLANE, "registry") if pulls else CONTROL_PLANE
        if service.traffic is not None:
            self._direct(service, replicas)
        return replicas

    def _direct(self, service: Service, replicas: Replicas) -> None:
        """Bring the users of a service to its clusters."""
        layout, components, name = self.world.layout, self.world.components, service.name
        group = {
            "none": np.arange(layout.clusters),
            "region": np.unique(layout.cluster_column("region"), return_inverse=True)[1],
            "any": np.zeros(layout.clusters, int),
        }[service.traffic.failover]
        traffic = Traffic(
            service,
            replicas.replicas,
            replicas.present,
            group,
            lambda clusters: components.down(name, clusters, alone=True),
            replicas.missing,
            self.world.horizon,
        )
        self.traffic[name] = traffic
        components.overloads[name, "down"] = [lambda clusters: traffic.story().collapsed.of_entities(clusters)]
        components.overloads[name, "degraded"] = [
            lambda clusters: traffic.story().collapsed.union(traffic.story().overloaded).of_entities(clusters)
        ]

    def rolling(self, names: list[str], clusters: np.ndarray) -> Intervals:
        """When an update of any of some services is under way or stands still; entity is the cluster."""
        return Intervals.none().union(*(self.releases[n].rolling(clusters) for n in names if n in self.releases))

    def _releases_of(self, service: Service) -> list[Release]:
        found = []
        for number, change in enumerate(self.world.changes):
            carrier = self.world.carriers.get(number)
            condition = self.world.defect_of.get(number)
            removes = condition is not None and service.name in condition.pods_of and change.deletes
            if not (removes or change.service == service.name) or not hasattr(carrier, "deliveries"):
                continue
            for delivery in carrier.deliveries:
                there = np.isfinite(delivery.applied)
                clusters, at = delivery.clusters[there], delivery.applied[there]
                found.append(self._release(service, number, clusters, at, removes))
        return found

    def _release(self, service: Service, number: int, clusters: np.ndarray, at: np.ndarray, removes: bool) -> Release:
        never, condition = np.full(len(at), NEVER), self.world.defect_of.get(number)
        if condition is None or service.name not in condition.pods_of:
            return Release(number, clusters, at, never, never, np.zeros(len(at)))
        after = condition.delay(clusters)
        spells = condition.on_cluster.intervals()
        index = spells.index_at(clusters, at + after)
        begin, end = never.copy(), never.copy()
        begin[index >= 0], end[index >= 0] = spells.begin[index[index >= 0]], spells.end[index[index >= 0]]
        hangs = any(i.component == service.name and i.mode == "hang" for i in condition.say.impairs)
        return Release(number, clusters, at, begin, end, after, hangs, removes)

    # --- the ground ---------------------------------------------------------------------------------------------

    def _machines_out(self, clusters: np.ndarray) -> Intervals:
        """When machines are off or cut off; static pods run on without a kubelet."""
        return self.world.nodes.out_of_service(clusters).union(self.world.nodes_impaired(clusters, "network"))

    def nodes_out(self, clusters: np.ndarray | None = None) -> Intervals:
        """When nodes can't serve, for whatever reason; entity is the node. Pods go on without kubelet and runtime until
        the control plane has given up waiting for the node."""
        unseen = self.world.nodes_impaired(clusters).delayed(self._grace)
        return self._machines_out(clusters).union(unseen)

    def _given_up(self, service: Service, clusters: np.ndarray) -> tuple[Intervals, np.ndarray]:
        """When nodes can't serve, and when their pods of a service are given up; NEVER where they are not."""
        out, tainted = self._losses(clusters)
        # Nobody is given up while nobody looks
        away = self._down(CONTROL_PLANE[:1], clusters, service)
        tainted = away.over_from(self.world.layout.cluster[out.entity], tainted)
        waits = self.world.spec.kubernetes.pod_toleration if service.toleration is None else service.toleration
        return out, tainted + waits

    def _losses(self, clusters: np.ndarray) -> tuple[Intervals, np.ndarray]:
        """When nodes can't serve, and when they are tainted for it. Every service asks: it is kept while it holds."""
        spells = sum(c.on_node.changes for c in self.world.conditions if c.on_node is not None)
        key = (clusters.tobytes(), self.world.nodes.agenda.changes, spells, len(self.world.conditions))
        if self._known_losses is None or self._known_losses[0] != key:
            off = self._machines_out(clusters)
            unseen = self.world.nodes_impaired(clusters).delayed(self._grace)
            out, tainted = (off, self._tainted(off)) if not len(unseen) else self._tainted_unseen(off, unseen)
            self._known_losses = key, (out, tainted)
        return self._known_losses[1]

    def _tainted(self, off: Intervals) -> np.ndarray:
        """When machines that are off are tainted, for each interval."""
        tainted, unready = np.full(len(off), NEVER), off.begin + self._grace < off.end
        missed = Intervals(off.entity[unready], off.begin[unready] + self._grace, off.end[unready])
        tainted[unready] = self.evictions.tainted_at(missed, self._shortest_toleration)
        return tainted

    def _tainted_unseen(self, off: Intervals, unseen: Intervals) -> tuple[Intervals, np.ndarray]:
        """The same where some nodes run on without being heard of."""
        out, unready = off.union(unseen), off.delayed(self._grace).union(unseen)
        when, tainted = self.evictions.tainted_at(unready, self._shortest_toleration), np.full(len(out), NEVER)
        index = unready.index_at(out.entity, out.begin + self._grace)
        late = index < 0  # a kubelet that is silent is out only when it is not ready
        index[late] = unready.index_at(out.entity[late], out.begin[late])
        tainted[index >= 0] = when[index[index >= 0]]
        return out, tainted

    def _none_up(self, hosts: np.ndarray, clusters: np.ndarray, out: Intervals) -> Intervals:
        """When all of some hosts of a cluster are out; entity is the cluster. Services of one pool ask the same."""
        key = (hosts.tobytes(), clusters.tobytes(), self.world.components.version())
        if self._known_dark is None or self._known_dark[0] != key:
            cluster, clusters = self.world.layout.cluster, self.world.layout.clusters
            count = np.bincount(cluster[hosts], minlength=clusters)
            dark = Intervals.overlaps(cluster[out.entity], out.begin, out.end, 1, np.maximum(count, 1))
            self._known_dark = key, dark
        return self._known_dark[1]

    def _replaced(self, nodes: np.ndarray, at: np.ndarray) -> np.ndarray:
        agenda = self.world.nodes.agenda
        return agenda.state_at(nodes, np.nextafter(at, -np.inf)) == State.PROVISIONING

    def _down(self, names: tuple[str, ...], clusters: np.ndarray, service: Service) -> Intervals:
        components = self.world.components
        apart = [name for name in names if service.name not in components.closure(name)]  # nobody waits for himself
        return Intervals.none().union(*(components.down(name, clusters) for name in apart))

    def _pulled_at(self, clusters: np.ndarray, at: np.ndarray, lasts: np.ndarray | float) -> np.ndarray:
        return self.pulls.pulled_at(clusters, at, lasts)

    def _ahead(self, service: Service, nodes: np.ndarray) -> np.ndarray:
        """How long the image of a service waits on its node for those of the services declared before it."""
        count, seconds = np.zeros(len(nodes)), np.zeros(len(nodes))
        for replicas in self.world.services:
            if replicas.say.name == service.name:
                break
            there = replicas.weight[nodes] > 0
            count += there
            seconds += there * self.world.keyed.draw(replicas.say.image.pull, f"{replicas.say.name}.ahead", nodes)
        return self.pulls.ahead(count, seconds)

    def _spoilt(self, service: Service, clusters: np.ndarray) -> Intervals:
        """When the tag of a service's image stands for a version that fails."""
        moved = [
            condition.grip_on_clusters(clusters)
            for number, condition in self.world.defect_of.items()
            if self.world.changes[number].route == "registry" and service.name in condition.pods_of
        ]
        return Intervals.none().union(*moved)

    def _servers_out(self, clusters: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        out = self.quorum.members_out(clusters)
        return self.world.layout.cluster[out.entity], out.begin, out.end

    def _hosts_down(self, clusters: np.ndarray) -> Intervals:
        """When the service that is the control plane of clusters is down in the clusters that host it."""
        layout, found = self.world.layout, []
        for number, entry in enumerate(self.world.spec.fleet):
            children = np.flatnonzero((layout.entry_of_cluster == number) & clusters & (layout.hosts >= 0))
            if not children.size:
                continue
            mask = np.zeros(layout.clusters, bool)
            mask[layout.hosts[children]] = True
            down = self.world.components.down(entry.hosted_by.service, mask)
            for child in children:
                mine = down.entity == layout.hosts[child]
                found.append(Intervals(np.full(int(mine.sum()), child), down.begin[mine], down.end[mine]))
        return Intervals.none().union(*found)
