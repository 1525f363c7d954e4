"""What conditions and requirements come to: when a component is down or degraded, cluster by cluster.

A component is down while a condition has it down, or while something it needs hard is; soft needs
degrade it, fail-open needs do nothing, and a cache hides a loss for what is left of its lifetime.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulator.components.conditions import ActiveCondition
from simulator.components.loads import Loads
from simulator.kernel import Intervals, Keyed
from simulator.scenario.component import API_CLIENTS, Requirement, known_scope
from simulator.scenario.document import Spec

Trouble = Callable[[np.ndarray], Intervals]


class Components:
    """The components of every cluster. A global component is the same in all of them.

    present: clusters (bool) that have a component, for those that are not everywhere (services).
    troubles, weaknesses: what takes a component down or degrades it besides conditions, by name: functions
    from a bool mask of clusters to intervals (etcd's quorum, a service's replicas, expired certificates).
    overloads: the same, by name and level, for what depends on how the component fares elsewhere (load that shifts).
    version: asked for what changes whenever plans do; answers are kept while it stays the same. leans: what a component
    goes on without, but not for ever (a service without the registry). cluster: the cluster of
    each node.
    """

    def __init__(self, spec: Spec, cluster: np.ndarray, clusters: int, keyed: Keyed) -> None:
        self.clusters, self._keyed = clusters, keyed
        self.requires: dict[str, list[Requirement]] = {c.name: list(c.requires) for c in spec.components}
        self.requires |= {s.name: list(s.requires) for s in spec.services}
        for kind in API_CLIENTS:
            self.needs(f"api.{kind}", "api")
        self._own_scope = {c.name: c.scope for c in spec.components}
        self._capacity = {c.name: c.capacity for c in spec.components if c.capacity is not None}
        self.conditions: list[ActiveCondition] = []
        self.loads = Loads(lambda: self.conditions, cluster, clusters)
        self.present: dict[str, np.ndarray] = {}
        self.troubles: dict[str, list[Trouble]] = {}
        self.weaknesses: dict[str, list[Trouble]] = {}
        self.overloads: dict[tuple[str, str], list[Trouble]] = {}
        self.leans: dict[str, tuple[str, ...]] = {}
        self.version: Callable[[], object] | None = None
        self._known: tuple[object, dict] = (None, {})

    def scope_of(self, component: str) -> str:
        """node, cluster or global; a service belongs to its cluster."""
        return known_scope(component) or self._own_scope.get(component, "cluster")

    def needs(self, component: str, on: str) -> None:
        """Add a hard requirement that the field itself gives (an API needs its etcd)."""
        self.requires.setdefault(component, []).append(Requirement(component=on))

    def closure(self, component: str) -> set[str]:
        """A component and all it requires or leans on, directly or not."""
        found, todo = set(), [component]
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo += [need.component for need in self.requires.get(name, ())]
                todo += self.leans.get(name, ())
        return found

    def fatal(self, component: str) -> set[str]:
        """A component and all whose loss takes it down: no soft needs among them, and none that fail open."""
        found, todo = set(), [component]
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                needs = self.requires.get(name, ())
                todo += [need.component for need in needs if need.policy == "hard" and need.fail != "open"]
        return found

    def down(self, component: str, clusters: np.ndarray | None = None, alone: bool = False) -> Intervals:
        """When a component is down, as planned now; entity is the cluster. alone: whatever comes over it from elsewhere
        left out."""
        return self._asked(component, "down", self._mask(clusters), alone)

    def impaired(self, component: str, clusters: np.ndarray | None = None) -> Intervals:
        """When a component is down or degraded, as planned now; entity is the cluster."""
        return self._asked(component, "degraded", self._mask(clusters))

    def _asked(self, component: str, level: str, clusters: np.ndarray, alone: bool = False) -> Intervals:
        version = self.version() if self.version is not None else object()
        if self._known[0] != version:
            self._known = version, {}
        kept = self._known[1].setdefault(clusters.tobytes(), {})
        if alone:
            return self._state(component, level, clusters, dict(kept), alone)
        return self._state(component, level, clusters, kept)

    def felt(self, condition: ActiveCondition, clusters: np.ndarray) -> Intervals:
        """When a condition does something in clusters (bool): a load is felt only where it is too much."""
        grip, loads = condition.grip_on_clusters(clusters), condition.say.loads
        if not loads or condition.of_scope("cluster") or condition.of_scope("global"):
            return grip
        asked = sorted({load.asks for load in loads})
        return grip.both(Intervals.none().union(*(self.down(name, clusters) for name in asked)))

    def up_from(self, components: list[str], clusters: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The first time at or after `at` at which all of them are up at once, for each cluster (numbers); and the
        index of the component that was waited for last (-1: none was)."""
        at, waited = np.array(at, float), np.full(len(clusters), -1)
        if not len(components):
            return at, waited
        mask = np.zeros(self.clusters, bool)
        mask[clusters] = True
        down = [self.down(name, mask) for name in components]
        for _ in range(10_000):
            moved = False
            for number, intervals in enumerate(down):
                up = intervals.over_from(clusters, at)
                late = up > at
                if late.any():
                    waited[late], at, moved = number, np.maximum(at, up), True
            if not moved:
                return at, waited
        return np.full(len(clusters), np.inf), waited

    def _mask(self, clusters: np.ndarray | None) -> np.ndarray:
        return np.ones(self.clusters, bool) if clusters is None else clusters

    def _state(self, component: str, level: str, clusters: np.ndarray, known: dict, alone: bool = False) -> Intervals:
        key = (component, level, alone)
        if key not in known:
            parts = list(self._own(component, level, clusters))
            if not alone:
                parts += [overload(clusters) for overload in self.overloads.get((component, level), ())]
            for need in self.requires.get(component, ()):
                if need.fail == "open" or (level == "down" and need.policy == "soft"):
                    continue
                below = self._state(need.component, level if need.policy == "hard" else "down", clusters, known)
                parts.append(self._behind_cache(component, need, below))
            found = Intervals.none().union(*parts)
            known[key] = found.of_entities(self.present[component]) if component in self.present else found
        return known[key]

    def _own(self, component: str, level: str, clusters: np.ndarray):
        for condition in self.conditions:
            for impairment in condition.say.impairs:
                if impairment.component != component or (level == "down" and impairment.to != "down"):
                    continue
                if component in condition.pods_of:
                    continue
                yield condition.impaired(impairment, condition.grip_on_clusters(clusters))
        if component in self._capacity:
            shared = self.scope_of(component) == "global"
            yield self.loads.above(component, clusters, self._capacity[component], shared)
        for trouble in self.troubles.get(component, ()):
            yield trouble(clusters)
        if level == "degraded":
            for weakness in self.weaknesses.get(component, ()):
                yield weakness(clusters)

    def _behind_cache(self, component: str, need: Requirement, below: Intervals) -> Intervals:
        """What is cached hides a loss for what is left of its lifetime; what is cached as missing hides a return."""
        if not len(below):
            return below
        event = (below.begin * 1000.0).astype(np.int64)

        def left(lifetime: object, what: str, age: str) -> np.ndarray:
            drawn = self._keyed.draw(lifetime, f"{component}.{need.component}.{what}", below.entity, event)
            return drawn * self._keyed.uniform(f"{component}.{need.component}.{age}", below.entity, event)

        begin, end = below.begin, below.end
        if need.cache is not None:
            begin = begin + left(need.cache, "cache", "age")
        shown = begin < end  # a loss that nobody saw is not remembered either
        if need.denial_cache is not None:
            end = end + left(need.denial_cache, "denial", "denial-age")
        return Intervals.of(below.entity[shown], begin[shown], end[shown])
