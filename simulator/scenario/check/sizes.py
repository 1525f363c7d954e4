"""Numbers and times: what fits into the limits, into the horizon, and to those who are there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from simulator.facts import format_duration
from simulator.scenario.base import Model
from simulator.scenario.distribution import Distribution
from simulator.scenario.errors import Found


def sizes(spec: Model) -> Iterator[Found]:
    """Pools of no nodes, and more nodes and clusters than the limits allow."""
    limits = spec.limits
    total = clusters = 0.0
    for i, entry in enumerate(spec.fleet):
        in_cluster = 0.0
        for j, pool in enumerate(entry.pools):
            count = typical(pool.nodes)
            if not count >= 1:
                yield ("spec", "fleet", i, "pools", j, "nodes"), "a pool has at least one node", False
                return
            if isinstance(pool.nodes, Distribution) and _quantile(pool.nodes, 0.0) < 0:
                yield ("spec", "fleet", i, "pools", j, "nodes"), "a number of nodes can't be negative", False
                return
            in_cluster += count
            if in_cluster > limits.nodes_per_cluster:
                yield (
                    ("spec", "fleet", i, "pools", j, "nodes"),
                    f"{in_cluster:,.0f} nodes in one cluster; Kubernetes is designed for "
                    f"{limits.nodes_per_cluster:,}. "
                    "For more nodes raise `clusters`, or, if you mean it, spec.limits.nodesPerCluster",
                    False,
                )
                return
        clusters += entry.clusters
        total += in_cluster * entry.clusters
        if message := too_large(clusters, total, limits):
            yield ("spec", "fleet", i, "clusters"), message, False
            return


def typical(count: Any) -> float:
    """A number of nodes, or the median of a distribution of it."""
    return _quantile(count, 0.5) if isinstance(count, Distribution) else float(count)


def _quantile(count: Distribution, u: float) -> float:
    return float(count.shape.quantile(np.array(u)))


def too_large(clusters: float, nodes: float, limits: Model) -> str | None:
    """What is said of a fleet beyond the limits, or None."""
    if clusters <= limits.clusters and nodes <= limits.nodes:
        return None
    return (
        f"the fleet would have {clusters:,.0f} clusters and {nodes:,.0f} nodes; the limits are "
        f"{limits.clusters:,} and {limits.nodes:,}. If you mean it, raise spec.limits"
    )


#: A fault that bites more often fills the memory with what nobody can have meant.
MOST_BITES = 10_000_000


def times(spec: Model) -> Iterator[Found]:
    """What comes after the end, or too often, and faults of racks that there are not."""
    nodes = sum(entry.clusters * typical(pool.nodes) for entry in spec.fleet for pool in entry.pools)
    for i, change in enumerate(spec.changes):
        if change.at > spec.horizon:
            yield (
                ("spec", "changes", i, "at"),
                f"after the end: the horizon is {format_duration(spec.horizon)}",
                False,
            )
    for i, fault in enumerate(spec.faults):
        age = fault.clock.age
        if age is not None and not any(0 <= age - entry.age <= spec.horizon for entry in spec.fleet):
            yield (
                ("spec", "faults", i, "trigger", "age"),
                f"no cluster comes to this age: within the horizon of {format_duration(spec.horizon)} none does; say "
                "how old they are in spec.fleet: {age: ...}",
                False,
            )
        if fault.together == "rack" and not any(pool.rack_size for entry in spec.fleet for pool in entry.pools):
            yield (
                ("spec", "faults", i, "together"),
                "no pool has racks: say how many nodes stand in one, spec.fleet: pools: {rackSize: ...}",
                False,
            )
        if fault.clock.at is not None and fault.clock.at > spec.horizon:
            yield (
                ("spec", "faults", i, "trigger", "at"),
                f"after the end: the horizon is {format_duration(spec.horizon)}",
                False,
            )
        bites = spec.horizon * nodes * ((fault.clock.rate or 0) + (1 / fault.clock.every if fault.clock.every else 0))
        if bites > MOST_BITES:
            yield (
                ("spec", "faults", i, "trigger"),
                f"it would bite some {bites:,.0f} times in {nodes:,.0f} nodes; at most {MOST_BITES:,} are simulated",
                False,
            )


def people(spec: Model) -> Iterator[Found]:
    """Remedies that take more people than are on call."""
    there = spec.on_call.people
    for i, remedy in enumerate(spec.remedies):
        if remedy.needs_people > there:
            yield (
                ("spec", "remedies", i, "needsPeople"),
                f"{remedy.needs_people} people are more than the {there} on call; write fewer, or more in "
                "spec.onCall.people",
                False,
            )
