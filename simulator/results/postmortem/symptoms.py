"""What was down because of a cause: the way from what it has in its grip up to what users and alerts see.

A component is down because of a cause while the cause has it down; while it is down and something it needs hard is
down because of the cause; and, where it lives on nodes, from when the cause has hit one of them until it is up.
"""

from __future__ import annotations

import numpy as np

from simulator.components import ActiveCondition
from simulator.kernel import Intervals
from simulator.results.record import Record


class Symptoms:
    """What one cause has down (or, level degraded, not well), component by component; each is worked out once.

    condition: what has something in its grip, None for planned work. nodes: when nodes are hit by it.
    """

    def __init__(self, record: Record, condition: ActiveCondition | None, nodes: Intervals) -> None:
        self.record, self.condition, self.nodes = record, condition, nodes
        self._on_nodes = {service.name for service in record.world.spec.services} | {"etcd"}
        self._known: dict[tuple[str, str], Intervals] = {}

    def down(self, component: str, level: str = "down") -> Intervals:
        """When a component or a service was down because of the cause; entity is the cluster."""
        key = component, level
        if key not in self._known:
            self._known[key] = self._down(component, level)
        return self._known[key]

    def _down(self, component: str, level: str) -> Intervals:
        is_so = (self.record.down if level == "down" else self.record.impaired)(component)
        if not len(is_so):
            return is_so
        parts = self._own(component, level)
        if component in self._on_nodes:
            parts.append(self._from_nodes(is_so))
        for need in self.record.world.components.requires.get(component, ()):
            if need.fail == "open" or (level == "down" and need.policy == "soft"):
                continue
            # A cache in between lets it begin later, never end later: both hold while it is because of the need
            parts.append(self.down(need.component, level if need.policy == "hard" else "down"))
        return Intervals.none().union(*parts).both(is_so)

    def _own(self, component: str, level: str) -> list[Intervals]:
        if self.condition is None:
            return []
        grip = self.record.hit_clusters(self.condition)
        return [
            self.condition.impaired(impairment, grip)
            for impairment in self.condition.say.impairs
            if impairment.component == component and (level == "degraded" or impairment.to == "down")
        ]

    def _from_nodes(self, is_so: Intervals) -> Intervals:
        """The part of these intervals (by cluster) from when a node of the cluster was hit on."""
        pieces = is_so.both(self.nodes.grouped(self.record.layout.cluster))
        if not len(pieces):
            return pieces
        first = np.full(len(is_so), np.inf)
        np.minimum.at(first, is_so.index_at(pieces.entity, pieces.begin), pieces.begin)
        return is_so.delayed(first - is_so.begin)
