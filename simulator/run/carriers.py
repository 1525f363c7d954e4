"""The ways a change travels, as a rollout sees them: by Git, by a pipeline, by the operating system, by hand."""

from __future__ import annotations

import numpy as np

from simulator.gitops import Delivery, Reconciler
from simulator.kernel import NEVER
from simulator.nodes.installation import Installation
from simulator.rollouts.plan import even_places
from simulator.run.effects import Effects
from simulator.run.planned_ends import PlannedEnds
from simulator.run.world import Drift, World


class _Carrier:
    """What the carriers share: the change they carry, and where it went."""

    by_node = False

    def __init__(self, world: World, effects: Effects, number: int) -> None:
        self.world, self.effects, self.number = world, effects, number
        self.change = world.changes[number]
        self.meant = np.zeros(world.layout.nodes, bool)

    def places(self, who: np.ndarray) -> np.ndarray:
        """Evenly along the ramp, in an order drawn for this rollout."""
        return even_places(self.world.keyed, self.change.name, who)

    def _clusters(self, nodes: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The clusters of nodes, and when the change starts for each."""
        self.meant[nodes] = True
        clusters, first = np.unique(self.world.layout.cluster[nodes], return_index=True)
        return clusters, start[first]

    def _nodes_of(self, clusters: np.ndarray) -> np.ndarray:
        mask = np.zeros(self.world.layout.clusters, bool)
        mask[clusters] = True
        return np.flatnonzero(self.meant & mask[self.world.layout.cluster])

    def _max_unavailable(self, stage: int) -> int | float | None:
        return self.change.rollout.stages[stage].max_unavailable


class EngineCarrier(_Carrier):
    """A commit that an engine brings to clusters: a GitOps engine, or a pipeline that pushes."""

    def __init__(self, world: World, effects: Effects, number: int, engine: Reconciler) -> None:
        super().__init__(world, effects, number)
        self.engine = engine
        self.deliveries: list[Delivery] = []
        self._overtaken: dict[int, PlannedEnds] = {}

    def carry(self, nodes: np.ndarray, start: np.ndarray, stage: int) -> None:
        clusters, at = self._clusters(nodes, start)
        if self.change.repeat:
            commits = np.arange(self.change.repeat.times) * self.change.repeat.every
            commits = commits[commits + at.min() <= self.world.horizon]
            clusters, at = np.repeat(clusters, len(commits)), (at[:, None] + commits).ravel()
        delivery = self.engine.deliver(self.number, self.change.via, clusters, at)
        self.deliveries.append(delivery)
        what = "merged" if self.change.repeat is None else "merged again and again"
        self.world.tell_of(what, self.change.name, lambda: delivery.committed)
        self.world.tell_of("applied", self.change.name, lambda: delivery.applied, "by " + self.engine.say.engine)
        if self.change.service is not None:
            self.world.tell_of(
                "progress deadline exceeded",
                self.change.name,
                lambda: self.world.kubernetes.releases[self.change.service].stalled(self.number),
                "reported, nothing else: Kubernetes does not go back by itself",
            )
        gone = self.change.removes or self.change.empty_render
        if gone and not self.engine.prunes(delivery.carrier, self.change.empty_render):
            self.world.tell(
                float(at.min()),
                "orphaned",
                self.change.name,
                count=len(clusters),
                cause=self.change.name,
                note=f"gone from Git, kept in the clusters: {self.engine.say.engine} does not prune it here",
            )
            there = np.isfinite(delivery.applied)
            sizes = self.world.layout.cluster_sizes[clusters[there]]
            self.world.drifts.append(
                Drift(self.change.name, clusters[there], sizes, delivery.applied[there], np.full(len(sizes), NEVER))
            )
            return
        delivery.moved = lambda index, times: self._arrive(delivery, index, stage, moved=True)
        self._arrive(delivery, np.arange(len(clusters)), stage)

    def _arrive(self, delivery: Delivery, index: np.ndarray, stage: int, moved: bool = False) -> None:
        condition = self.world.defect_of.get(self.number)
        if self.change.repeat and condition is None:
            return
        clusters, at = delivery.clusters[index], delivery.applied[index]
        nodes = self._nodes_of(clusters)
        if moved:
            self._take_back(clusters, nodes)
        self.effects.arrive(self.change, self.number, nodes, clusters, at, self._max_unavailable(stage))
        if self.change.service is not None:
            self._overtake(clusters, at)
        undone = self.engine.remedied_after(delivery.carrier)
        if condition is not None and condition.on_cluster is not None and np.isfinite(undone):
            # Helm looks at what came up; what breaks later is not its business, what is well again needs no rollback.
            hit = condition.on_cluster.intervals()
            hit = hit.covers(clusters, at) & (hit.over_from(clusters, at) > at + undone)
            condition.clear_clusters(clusters[hit], at[hit] + undone)
            if hit.any():
                sizes = self.world.layout.cluster_sizes[clusters[hit]]
                self.world.drifts.append(
                    Drift(self.change.name, clusters[hit], sizes, at[hit] + undone, np.full(len(sizes), NEVER))
                )
                self.world.tell(
                    float(at[hit].min() + undone),
                    "rolled back by Helm",
                    self.change.name,
                    count=int(hit.sum()),
                    cause=self.change.name,
                )
            self.world.changed(clusters[hit])

    def _overtake(self, clusters: np.ndarray, at: np.ndarray) -> None:
        """A version takes the place of those of the same service that came before, and of what was wrong with them."""
        world = self.world
        for number, condition in world.defect_of.items():
            if number == self.number or self.change.service not in condition.pods_of:
                continue
            came = np.full(world.layout.clusters, NEVER)
            for delivery in getattr(world.carriers.get(number), "deliveries", ()):
                np.minimum.at(came, delivery.clusters, delivery.applied)
            before = came[clusters] < at
            ends = self._overtaken.setdefault(number, PlannedEnds(condition.on_cluster, world.layout.clusters))
            ends.move(clusters[before], at[before], world.env.now)
            condition.clear_clusters(clusters[before], at[before])

    def _take_back(self, clusters: np.ndarray, nodes: np.ndarray) -> None:
        """What was planned for an arrival that has moved or will not be."""
        world, now = self.world, self.world.env.now
        condition = world.defect_of.get(self.number)
        if condition is not None:
            for spells, who in ((condition.on_cluster, clusters), (condition.on_node, nodes)):
                if spells is not None:
                    spells.retract(who, now)
        if self.effects.reaches_nodes(self.change, self.number):
            only = np.zeros(world.layout.nodes, bool)
            only[nodes] = True
            world.nodes.cut(self.number, now, only)

    def offered_at(self) -> np.ndarray:
        """When the commit was there to be seen, by node; NEVER where it was not."""
        found = np.full(self.world.layout.nodes, NEVER)
        for delivery in self.deliveries:
            nodes = self._nodes_of(delivery.clusters)
            first = np.full(self.world.layout.clusters, NEVER)
            np.minimum.at(first, delivery.clusters, delivery.committed)
            found[nodes] = np.minimum(found[nodes], first[self.world.layout.cluster[nodes]])
        return found

    def settled_at(self) -> float:
        """When the last cluster has it and what it asks of nodes is done."""
        applied = np.concatenate([d.applied[np.isfinite(d.committed)] for d in self.deliveries] or [np.zeros(0)])
        if not self.engine.keeps_trying:  # nobody waits for a cluster that was left out
            applied = applied[np.isfinite(applied)]
        latest = float(applied.max(initial=0.0))
        agenda = self.world.nodes.agenda
        mine = (agenda.owner == self.number) & (agenda.until >= agenda.begins)
        mine[0] = False
        return max(latest, float(agenda.ends[mine].max(initial=0.0)))

    def cut(self, at: float) -> np.ndarray:
        found = []
        for delivery in self.deliveries:
            taken = self.engine.cut(delivery, at)
            if taken.any():
                nodes = self._nodes_of(delivery.clusters[taken])
                self._take_back(delivery.clusters[taken], nodes)
                found.append(nodes)
        left = np.unique(np.concatenate(found)) if found else np.zeros(0, int)
        self.world.changed(np.unique(self.world.layout.cluster[left]))
        return left


#: What an installation may come to, besides success: as `Nodes.came_to` knows it, and as the journal explains it.
_OUTCOMES = {
    "rolled back by itself": "the new version did not pass its boot",
    "did not come back": "the new version does not boot, and nothing goes back by itself",
    "drain failed": "left cordoned, with the new version as its default",
}


class SystemCarrier(_Carrier):
    """An OS image (or a package) that operating systems install by their own rules."""

    def __init__(self, world: World, effects: Effects, number: int) -> None:
        super().__init__(world, effects, number)
        self.installations: list[Installation] = []
        targets = self.world.layout.select(self.change.targets)
        self.by_node = not any(world.nodes.systems[g].driven for g in np.unique(world.layout.pool[targets]))

    def places(self, who: np.ndarray) -> np.ndarray:
        """Drawn for each rollout, but for nodes whose system gives them a place of their own."""
        place = super().places(who)
        if self.by_node:
            for system, _, index in self.world.nodes.system_of(who):
                own = system.ramp_place(who[index])
                if own is not None:
                    place[index] = own
        return place

    def carry(self, nodes: np.ndarray, start: np.ndarray, stage: int) -> None:
        self.meant[nodes] = True
        world = self.world
        installation = world.nodes.install(
            self.change, self.number, nodes, start, self._max_unavailable(stage), world.drain
        )
        self.installations.append(installation)
        for what, note in _OUTCOMES.items():
            world.tell_of(what, self.change.name, lambda wanted=what: world.nodes.came_to(installation, wanted), note)
        world.tell(
            float(start.min()),
            "released",
            self.change.name,
            until=float(start.max()),
            count=len(nodes),
            cause=self.change.name,
        )
        if installation.refused:
            world.tell(
                world.env.now,
                "refused",
                self.change.name,
                count=installation.refused,
                cause=self.change.name,
                note="etcd has two members or an unhealthy one",
            )
        world.changed(np.unique(world.layout.cluster[nodes]))

    def offered_at(self) -> np.ndarray:
        """When the version was there for each node, if it was before it was taken back; NEVER where it was not."""
        found = np.full(self.world.layout.nodes, NEVER)
        for i in self.installations:
            np.minimum(found, np.where(i.start < i.until, i.start, NEVER), out=found)
        return found

    def settled_at(self) -> float:
        """When the last node that has a turn has gone through its program."""
        return max((self.world.nodes.settled_at(i) for i in self.installations), default=0.0)

    def cut(self, at: float) -> np.ndarray:
        nodes = self.world.nodes.cut(self.number, at)
        # Also for those that had begun the future is another: who boots again and again need not any more
        self.world.changed(np.unique(self.world.layout.cluster[self.meant]))
        return nodes


class HandCarrier(_Carrier):
    """An edit by hand, past Git: of an object in clusters, which whoever looks after it puts right; or of a file on
    each node, where the operating system lets anybody do that."""

    def __init__(self, world: World, effects: Effects, number: int) -> None:
        super().__init__(world, effects, number)
        self.tried = np.full(world.layout.nodes, NEVER)
        self._done = 0.0

    def carry(self, nodes: np.ndarray, start: np.ndarray, stage: int) -> None:
        clusters, at = self._clusters(nodes, start)
        self.tried[nodes] = start
        self._done = max(self._done, float(at.max()))
        if self.change.file is None:
            self._edit_clusters(nodes, clusters, at, stage)
        else:
            self._edit_nodes(nodes, clusters, at, stage)

    def _edit_clusters(self, nodes: np.ndarray, clusters: np.ndarray, at: np.ndarray, stage: int) -> None:
        world = self.world
        carrier = self.change.via or world.engine.say.carriers()[0][0]
        corrected = world.engine.corrected_at(carrier, clusters, at)
        self._drift(clusters, world.layout.cluster_sizes[clusters], at, corrected)
        self._tell_edit(at)
        self.effects.arrive(self.change, self.number, nodes, clusters, at, self._max_unavailable(stage))
        condition = world.defect_of.get(self.number)
        right = np.isfinite(corrected)
        if right.any():
            self._tell_correction(corrected[right], world.engine.say.engine)
            if condition is not None:
                self._undo(condition, clusters[right], corrected[right])

    def _edit_nodes(self, nodes: np.ndarray, clusters: np.ndarray, at: np.ndarray, stage: int) -> None:
        """The file is changed on every node that lets somebody; it stays so until the system itself puts it right, an
        update loses it, or the node is replaced."""
        world, number, file = self.world, self.number, self.change.file
        refused = world.refusals.setdefault(number, np.zeros(world.layout.nodes, bool))
        ends = np.full(world.layout.nodes, NEVER)
        when = world.layout.times_of(nodes, clusters, at)
        for system, _, index in world.nodes.system_of(nodes):
            why = system.refuses_edit(file)
            if why:
                refused[nodes[index]] = True
                world.tell(
                    float(at.min()),
                    "edit refused",
                    self.change.name,
                    count=len(index),
                    cause=self.change.name,
                    note=why,
                )
            else:
                ends[nodes[index]] = system.edit_ends(nodes[index], when[index], file)
        mine = nodes[~refused[nodes]]
        if not mine.size:
            return
        when = world.layout.times_of(mine, clusters, at)
        self._drift(world.layout.cluster[mine], np.ones(len(mine), int), when, ends[mine], mine)
        self._tell_edit(when)
        self.effects.arrive_on_nodes(self.change, number, mine, when, self._max_unavailable(stage))
        right = mine[np.isfinite(ends[mine])]
        if right.size:
            self._tell_correction(ends[right], "configuration management")
            condition = world.defect_of.get(number)
            if condition is not None:
                self.effects.clear(condition, right, ends[right])
        world.changed(clusters)

    def _drift(
        self,
        clusters: np.ndarray,
        sizes: np.ndarray,
        begin: np.ndarray,
        end: np.ndarray,
        nodes: np.ndarray | None = None,
    ) -> None:
        self.world.drifts.append(Drift(self.change.name, clusters, sizes, begin, end.copy(), nodes))

    def _tell_edit(self, at: np.ndarray) -> None:
        name = self.change.name
        self.world.tell(float(at.min()), "edited by hand", name, until=float(at.max()), count=len(at), cause=name)

    def _tell_correction(self, at: np.ndarray, by: str) -> None:
        name = self.change.name
        self.world.tell(
            float(at.min()),
            "drift corrected",
            name,
            count=len(at),
            until=float(at.max()),
            cause=name,
            note=f"by {by}",
        )

    def _undo(self, condition, clusters: np.ndarray, at: np.ndarray) -> None:
        """Putting the object right ends what the edit had done."""
        condition.clear_clusters(clusters, at)
        nodes = self._nodes_of(clusters)
        condition.clear_nodes(
            nodes, self.effects.reachable_from(nodes, self.world.layout.times_of(nodes, clusters, at))
        )
        self.world.changed(clusters)

    def offered_at(self) -> np.ndarray:
        """When the edit was tried, by node."""
        return self.tried

    def settled_at(self) -> float:
        """A hand edit is there when it is made."""
        return self._done

    def cut(self, at: float) -> np.ndarray:
        return np.zeros(0, int)


class TagCarrier(_Carrier):
    """A tag that is moved in the registry: no commit, no rollout. Each pod that starts from then on, and asks the
    registry at its start, runs the version the tag stands for; the others stay as they are."""

    def __init__(self, world: World, effects: Effects, number: int) -> None:
        super().__init__(world, effects, number)
        self.moved = np.full(world.layout.nodes, NEVER)

    def carry(self, nodes: np.ndarray, start: np.ndarray, stage: int) -> None:
        clusters, at = self._clusters(nodes, start)
        self.moved[nodes] = start
        world, name = self.world, self.change.name
        world.tell(
            float(at.min()),
            "tag moved",
            name,
            until=float(at.max()),
            count=len(clusters),
            cause=name,
            note=f"{self.change.service} runs it wherever a pod is started from now on",
        )
        condition = world.defect_of.get(self.number)
        service = next(service for service in world.spec.services if service.name == self.change.service)
        if condition is not None and service.image.always:  # nobody else looks it up
            condition.bite_clusters(clusters, at)
        world.changed(clusters)

    def offered_at(self) -> np.ndarray:
        """When the tag stood for the new version, by node."""
        return self.moved

    def settled_at(self) -> float:
        """It is there as soon as it is moved; the pods follow when they are started."""
        return float(self.moved[np.isfinite(self.moved)].max(initial=0.0))

    def cut(self, at: float) -> np.ndarray:
        return np.zeros(0, int)


def carrier_of(world: World, effects: Effects, number: int) -> _Carrier:
    """The carrier of a change, by the route of its kind."""
    route = world.changes[number].route
    if route == "os":
        return SystemCarrier(world, effects, number)
    if route == "registry":
        return TagCarrier(world, effects, number)
    if route == "hand":
        return HandCarrier(world, effects, number)
    return EngineCarrier(world, effects, number, world.engine if route == "git" else world.pipeline)
