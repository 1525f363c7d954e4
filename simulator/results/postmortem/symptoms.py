"""What was down because of a cause: the way from what it has in its grip up to what users and alerts see.

A component is down because of a cause while the cause has it down; while it is down and something it needs hard is
down because of the cause; and, where it has troubles of its own (replicas, a quorum), from when the cause has hit a
node of its cluster until it is up.
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
        # Certificates expire whatever happens to nodes
        self._on_nodes = set(record.world.components.troubles) - {"access"}
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
        components, parts = self.record.world.components, self._own(component, level)
        if component in self._on_nodes:
            parts.append(_from_first(is_so, self.nodes.grouped(self.record.layout.cluster)))
        for need in components.requires.get(component, ()):
            if need.fail == "open" or (level == "down" and need.policy == "soft"):
                continue
            below = self.down(need.component, level if need.policy == "hard" else "down")
            # What is cached lets it begin later; only what is cached as missing lets it end later
            remembered = need.denial_cache is not None
            parts.append(_from_first(is_so, below) if remembered else below)
        for lean in components.leans.get(component, ()):
            parts.append(_from_first(is_so, self.down(lean)))
        return Intervals.none().union(*parts).both(is_so)

    def _own(self, component: str, level: str) -> list[Intervals]:
        if self.condition is None:
            return []
        grip = self.record.hit_clusters(self.condition)
        shown = [
            self.condition.impaired(impairment, grip)
            for impairment in self.condition.say.impairs
            if impairment.component == component and (level == "degraded" or impairment.to == "down")
        ]
        # What takes more than it can has it down, not the load as such
        return shown + [grip for load in self.condition.say.loads if load.component == component]


def _from_first(is_so: Intervals, reason: Intervals) -> Intervals:
    """The part of these intervals from when a reason first held in them on, though the reason may be over before."""
    pieces = is_so.both(reason)
    if not len(pieces):
        return pieces
    first = np.full(len(is_so), np.inf)
    np.minimum.at(first, is_so.index_at(pieces.entity, pieces.begin), pieces.begin)
    return is_so.delayed(first - is_so.begin)
