"""A declared condition at work: on which nodes, clusters and shared components it bites, and when."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from simulator.kernel import Intervals, Keyed, Spells, moment
from simulator.scenario.component import NODE_COMPONENTS
from simulator.scenario.condition import Condition, Impairment
from simulator.scenario.selector import Selector

#: Node components whose loss stops the machine: they change its lifecycle. The others impair a running node.
MACHINE = tuple(name for name, state in NODE_COMPONENTS.items() if state == "failed")


class ActiveCondition:
    """One condition of the scenario in one run.

    number: of the change it belongs to, or below 0 for a fault. nodes, clusters: where it bites if it gets
    there (bool): its `when` and its probability, drawn once for each entity. pods_of: services that it hits by
    their pods, one after the other, and not as such.
    """

    def __init__(
        self,
        name: str,
        condition: Condition,
        number: int,
        nodes: np.ndarray,
        clusters: np.ndarray,
        keyed: Keyed,
        scope_of: Callable[[str], str],
        horizon: float,
        on_version: Callable[[Selector, np.ndarray | None], Intervals],
        pods_of: frozenset[str] = frozenset(),
    ) -> None:
        self.name, self.say, self.number, self._keyed, self._scope_of = name, condition, number, keyed, scope_of
        self._horizon, self._on_version, self.pods_of = horizon, on_version, pods_of
        share = condition.probability
        self.nodes = nodes & (keyed.uniform(f"{name}.bites", np.arange(len(nodes))) < share) if share < 1 else nodes
        self.clusters = (
            clusters & (keyed.uniform(f"{name}.bites.cluster", np.arange(len(clusters))) < share)
            if share < 1
            else clusters
        )
        if not (self._reaches("node") or self._reaches("cluster") or self.machine):  # one draw for what all share
            self.clusters = clusters & (keyed.uniform(f"{name}.bites.all", np.zeros(1, int)) < share)
        self.on_node = Spells(len(nodes)) if self._reaches("node") else None
        self.on_cluster = Spells(len(clusters)) if self._reaches("cluster") else None
        self.on_all = Spells(1) if self._reaches("global") else None

    def _reaches(self, scope: str) -> bool:
        """Whether it impairs something of a scope; every load comes from clusters."""
        return bool(self.of_scope(scope)) or (scope == "cluster" and bool(self.say.loads))

    @cached_property
    def touches(self) -> frozenset[str]:
        """The components and services that it impairs, or asks too much of."""
        return frozenset(i.component for i in self.say.impairs) | {load.component for load in self.say.loads}

    @cached_property
    def machine(self) -> list[Impairment]:
        """What it does to the machine itself."""
        return [i for i in self.say.impairs if i.component in MACHINE]

    @cached_property
    def loads_what_is_shared(self) -> bool:
        """Whether what it asks in some clusters may be too much for something that all of them share."""
        return any(self._scope_of(load.component) == "global" for load in self.say.loads)

    def of_scope(self, scope: str) -> list[Impairment]:
        """What it impairs on running nodes, in clusters, or for all."""
        return [i for i in self.say.impairs if i.component not in MACHINE and self._scope_of(i.component) == scope]

    def grip_on_nodes(self, chosen: np.ndarray | None = None) -> Intervals:
        """When running nodes (some of them, bool) are in its grip; entity is the node. A version it asks for must run
        there meanwhile."""
        if self.on_node is None:
            return Intervals.none()
        found = self.on_node.intervals(chosen)
        wanted = self.say.when.root.get("os.version")
        if wanted is None or not len(found):
            return found
        return found.both(self._on_version(Selector({"os.version": wanted}), chosen))

    def grip_on_clusters(self, clusters: np.ndarray) -> Intervals:
        """When clusters (bool) are in its grip, by a component of theirs or a shared one; entity is the cluster."""
        parts = [self.on_cluster.intervals(clusters)] if self.on_cluster is not None else []
        if self.on_all is not None:
            spell, where = self.on_all.intervals(), np.flatnonzero(clusters)
            parts.append(
                Intervals(
                    np.repeat(where, len(spell)), np.tile(spell.begin, len(where)), np.tile(spell.end, len(where))
                )
            )
        return Intervals.none().union(*parts)

    def impaired(self, impairment: Impairment, grip: Intervals) -> Intervals:
        """When one impairment shows while entities are in its grip."""
        return grip if impairment.flapping is None else grip.flapping(impairment.flapping, self._horizon)

    def cleared_by(self, remedy: str) -> bool:
        """Whether a remedy of this kind ends it."""
        return remedy in self.say.cleared_by

    def delay(self, who: np.ndarray) -> np.ndarray:
        """From the trigger to the bite, for each entity."""
        after = self.say.clock.after
        return np.zeros(len(who)) if after is None else self._keyed.draw(after, f"{self.name}.after", who)

    def expiry(self, who: np.ndarray, begin: np.ndarray) -> np.ndarray:
        """When it ends by itself."""
        if self.say.expires_after is None:
            return np.full(len(who), np.inf)
        attempt = moment(begin)
        return begin + self._keyed.draw(self.say.expires_after, f"{self.name}.lasts", who, attempt)

    def bite_nodes(self, nodes: np.ndarray, at: np.ndarray) -> None:
        """It is there on running nodes from `at` on."""
        if self.on_node is not None:
            hit = self.nodes[nodes]
            nodes, begin = nodes[hit], at[hit] + self.delay(nodes[hit])
            self.on_node.open(nodes, begin, self.expiry(nodes, begin))

    def bite_clusters(self, clusters: np.ndarray, at: np.ndarray) -> None:
        """It is there in clusters from `at` on."""
        if self.on_cluster is not None:
            hit = self.clusters[clusters]
            clusters, begin = clusters[hit], at[hit] + self.delay(clusters[hit])
            self.on_cluster.open(clusters, begin, self.expiry(clusters, begin))
        if self.on_all is not None and len(at) and self.clusters[clusters].any() and np.isfinite(at).any():
            first, who = np.array([np.min(at)]), np.zeros(1, int)
            begin = first + self.delay(who)
            self.on_all.open(who, begin, self.expiry(who, begin))

    def clear_nodes(self, nodes: np.ndarray, at: np.ndarray | float) -> None:
        """It has ended on nodes."""
        if self.on_node is not None:
            self.on_node.close(nodes, at)

    def clear_clusters(self, clusters: np.ndarray, at: np.ndarray | float) -> None:
        """It has ended in clusters; what is shared ends with the last of them."""
        at = np.broadcast_to(np.asarray(at, float), np.shape(clusters))
        if self.on_cluster is not None:
            self.on_cluster.close(clusters, at)
        if self.on_all is not None and len(at):
            self.on_all.close(np.zeros(1, int), float(np.max(at)))
