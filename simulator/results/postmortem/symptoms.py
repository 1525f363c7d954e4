"""What was down because of a cause: the way from what it has in its grip up to what users and alerts see.

A component is down because of a cause while the cause has it down; while it is down and something it needs hard, or
what hosts it, is down because of the cause; and, where it has troubles of its own (replicas, a quorum), from when the
cause has hit a node of its cluster until it is up.
"""

from __future__ import annotations

import numpy as np

from simulator.components import ActiveCondition
from simulator.kernel import Intervals
from simulator.results.cases import Case
from simulator.results.record import Record
from simulator.run.suspects import for_all, hosting


class Symptoms:
    """What one cause has down (or, level degraded, not well), component by component; each is worked out once.

    condition: what has something in its grip, None for planned work. nodes: when nodes are hit by it.
    """

    def __init__(self, record: Record, condition: ActiveCondition | None, nodes: Intervals) -> None:
        self.record, self.condition, self.nodes = record, condition, nodes
        # Certificates expire whatever happens to nodes
        self._on_nodes = set(record.world.components.troubles) - {"access"}
        self._known: dict[tuple[str, str, bool], Intervals] = {}

    def down(self, component: str, level: str = "down", hosted: bool = True) -> Intervals:
        """When a component or a service was down because of the cause; entity is the cluster. hosted: also by what
        hosts its control plane (a host has one of its own)."""
        key = component, level, hosted
        if key not in self._known:
            self._known[key] = self._down(component, level, hosted)
        return self._known[key]

    def _down(self, component: str, level: str, hosted: bool) -> Intervals:
        is_so = (self.record.down if level == "down" else self.record.impaired)(component)
        if not len(is_so):
            return is_so
        components, parts = self.record.world.components, self._own(component, level)
        if component in self._on_nodes:
            parts.append(_from_first(is_so, self.nodes.grouped(self.record.layout.cluster)))
        if component == "api" and hosted:
            parts.append(self._hosts_down())
        for need in components.requires.get(component, ()):
            if need.fail == "open" or (level == "down" and need.policy == "soft"):
                continue
            below = self.down(need.component, level if need.policy == "hard" else "down", hosted)
            # What is cached lets it begin later; only what is cached as missing lets it end later
            remembered = need.denial_cache is not None
            parts.append(_from_first(is_so, below) if remembered else below)
        for lean in components.leans.get(component, ()):
            parts.append(_from_first(is_so, self.down(lean, hosted=hosted)))
        return Intervals.none().union(*parts).both(is_so)

    def _hosts_down(self) -> Intervals:
        """When the service that is the control plane of a cluster was down because of the cause where it is hosted."""
        found = []
        for service, host in hosting(self.record.world).items():
            down = self.down(service, hosted=False)
            for child in np.flatnonzero(host >= 0):
                mine = down.where(down.entity == host[child])
                found.append(Intervals(np.full(len(mine), child), mine.begin, mine.end))
        return Intervals.none().union(*found)

    def _own(self, component: str, level: str) -> list[Intervals]:
        if self.condition is None:
            return []
        grip = self.record.hit_clusters(self.condition)
        shown = [
            self.condition.impaired(impairment, grip)
            for impairment in self.condition.say.impairs
            if impairment.component == component and (level == "degraded" or impairment.to == "down")
        ]
        # What takes more than it can has it down, not the load as such; and what is shared is down for all
        asked = [load for load in self.condition.say.loads if load.component == component]
        shared = self.record.world.components.scope_of(component) == "global"
        return shown + [for_all(grip, self.record.layout.clusters) if shared else grip for _ in asked]


def symptoms_of(record: Record, case: Case) -> Symptoms:
    """What was down because of the cause of an incident; many incidents may be about the same one."""
    if case.condition is None:
        return Symptoms(record, None, case.nodes)
    return symptoms_by(record, case.condition)


def symptoms_by(record: Record, condition: ActiveCondition) -> Symptoms:
    """What was down because of a condition."""
    return record.once("symptoms", condition.name, lambda: Symptoms(record, condition, record.hit_nodes(condition)))


def _from_first(is_so: Intervals, reason: Intervals) -> Intervals:
    """The part of these intervals from when a reason first held in them on, though the reason may be over before."""
    pieces = is_so.both(reason)
    if not len(pieces):
        return pieces
    first = np.full(len(is_so), np.inf)
    np.minimum.at(first, is_so.index_at(pieces.entity, pieces.begin), pieces.begin)
    return is_so.delayed(first - is_so.begin)
