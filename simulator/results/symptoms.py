"""What was down because of a cause: the way from what it has in its grip up to what users and alerts see.

A component is down because of a cause while the cause has it down, while it is down and something it needs hard is
down because of the cause, and, where it lives on nodes, from when the cause had hit one of them until it was up.
"""

from __future__ import annotations

import numpy as np

from simulator.kernel import Intervals
from simulator.results.cases import Case
from simulator.results.record import Record


class Symptoms:
    """What one cause has down (or, level degraded, not well), component by component. Each is worked out once."""

    def __init__(self, record: Record, case: Case) -> None:
        self.record, self.condition, self.nodes = record, case.condition, case.nodes
        world = record.world
        self._on_nodes = {service.name for service in world.spec.services} | {"etcd"}
        self._known: dict[tuple[str, str], Intervals] = {}

    def down(self, component: str, level: str = "down") -> Intervals:
        """When a component or a service was down because of the cause; entity is the cluster."""
        key = component, level
        if key not in self._known:
            self._known[key] = Intervals.none()  # what needs itself is not its own reason
            self._known[key] = self._down(component, level).clip(0.0, self.record.horizon)
        return self._known[key]

    def _down(self, component: str, level: str) -> Intervals:
        is_so = (self.record.down if level == "down" else self.record.impaired)(component)
        if not len(is_so):
            return is_so
        parts = [*self._own(component, level), *([self._from_nodes(is_so)] if component in self._on_nodes else [])]
        for need in self.record.world.components.requires.get(component, ()):
            if need.fail == "open" or (level == "down" and need.policy == "soft"):
                continue
            below = self.down(need.component, level if need.policy == "hard" else "down")
            parts.append(is_so.both(below))  # a cache in between makes it begin later, never end later
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
        which, first = is_so.index_at(pieces.entity, pieces.begin), np.full(len(is_so), np.inf)
        np.minimum.at(first, which, pieces.begin)
        return is_so.delayed(np.where(np.isfinite(first), first - is_so.begin, np.inf))
