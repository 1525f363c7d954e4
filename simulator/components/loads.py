"""Load: what conditions ask of components, and when that is more than a component takes."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np

from simulator.components.conditions import ActiveCondition
from simulator.kernel import Intervals, Weighted, joined
from simulator.scenario.condition import Load


class Loads:
    """conditions: asks for all of the run. cluster: the cluster of each node."""

    def __init__(
        self, conditions: Callable[[], Collection[ActiveCondition]], cluster: np.ndarray, clusters: int
    ) -> None:
        self._conditions, self._cluster, self._clusters = conditions, cluster, clusters

    def on(self, component: str, clusters: np.ndarray, counts: Callable[[Load], bool] = lambda load: True) -> Weighted:
        """What is asked of a component in some clusters (bool), of the loads that count."""
        parts: list[Weighted] = []
        for condition in self._conditions():
            each = sum(load.per_node for load in condition.say.loads if load.component == component and counts(load))
            if each:
                grip = condition.grip_on_clusters(clusters)
                nodes = np.bincount(self._cluster[condition.nodes], minlength=self._clusters)
                parts.append((grip.entity, grip.begin, grip.end, each * nodes[grip.entity]))
        return joined(parts)

    def weakened(self, component: str, clusters: np.ndarray) -> Weighted:
        """When a component is degraded, in some clusters (bool), and what share of its capacity is gone then."""
        parts: list[Weighted] = []
        for condition in self._conditions():
            for impairment in condition.say.impairs:
                if impairment.component == component and impairment.to == "degraded":
                    grip = condition.impaired(impairment, condition.grip_on_clusters(clusters))
                    gone = np.full(len(grip), 1.0 - impairment.capacity)
                    parts.append((grip.entity, grip.begin, grip.end, gone))
        return joined(parts)

    def above(self, component: str, clusters: np.ndarray, capacity: float, shared: bool) -> Intervals:
        """When a component is asked for more than its capacity; shared: by all clusters together, then all are hit."""
        asked = np.ones(self._clusters, bool) if shared else clusters
        where, begin, end, load = self.on(component, asked)
        if not len(where):
            return Intervals.none()
        weak = self.weakened(component, asked)
        if shared:  # one thing, whose weakness shows in every cluster
            first = weak[0] == weak[0].min(initial=0)
            weak = tuple(column[first] for column in weak)
        where, begin, end = (np.concatenate([a, b]) for a, b in zip((where, begin, end), weak, strict=False))
        load = np.concatenate([load, weak[3] * capacity])
        if not shared:
            return too_much(where, begin, end, load, capacity)
        found = too_much(np.zeros(len(where), np.int64), begin, end, load, capacity)
        hit = np.flatnonzero(clusters)
        return Intervals(np.repeat(hit, len(found)), np.tile(found.begin, len(hit)), np.tile(found.end, len(hit)))


def too_much(
    where: np.ndarray, begin: np.ndarray, end: np.ndarray, load: np.ndarray, capacity: np.ndarray | float
) -> Intervals:
    """When the loads of an entity add up to more than its capacity (one for all, or by entity)."""
    return Intervals.overlaps(where, begin, end, load, np.asarray(capacity, float) * (1 + 1e-9) + 1e-6)
