"""What gates and alerts look at, as watches on a world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simulator.kernel import Intervals, Watch
from simulator.nodes.layout import Layout
from simulator.run.applications import applications
from simulator.run.world import World
from simulator.scenario.change import Gate
from simulator.scenario.operations import Alert, Expression


def gate_watch(world: World, gate: Gate, nodes: np.ndarray, clusters: np.ndarray) -> Watch:
    """A watch on the nodes and clusters a stage has changed."""
    of_node = np.zeros(world.layout.nodes, bool)
    of_node[nodes] = True
    mask = np.zeros(world.layout.clusters, bool)
    mask[clusters] = True

    def holds(_: np.ndarray) -> Intervals:
        parts = []
        if gate.bad_nodes is not None:
            bad = world.nodes_bad(mask)
            bad = bad.where(of_node[bad.entity])
            parts.append(_share_above(bad, gate.bad_nodes, len(nodes)))
        if gate.bad_clusters is not None:
            touched = {i.component for c in world.conditions for i in c.say.impairs}
            touched |= {load.asks for c in world.conditions for load in c.say.loads}
            names = {name for name in touched if world.components.scope_of(name) == "cluster"}
            names |= {s.name for s in world.spec.services}
            down = Intervals.none().union(*(world.components.down(name, mask) for name in sorted(names)))
            parts.append(_share_above(down.of_entities(mask), gate.bad_clusters, len(clusters)))
        return Intervals.none().union(*parts)

    return world.watch(1, holds, lambda touched: np.array([bool((touched & mask).any())]))


def alert_watch(world: World, alert: Alert) -> Watch:
    """A watch on what an alert's expression says."""
    expr, layout = alert.expr, world.layout
    subject = _nodes(world, expr) if expr.nodes else _clusters(world, expr)
    if expr.above == 0.0:
        return world.watch(len(subject.chosen), lambda stale: subject.so(stale & subject.chosen), subject.groups)
    total, everywhere = int(subject.chosen.sum()), np.ones(layout.clusters, bool)
    return world.watch(
        1,
        lambda _: _share_above(subject.so(subject.groups(everywhere) & subject.chosen), expr.above, total),
        lambda touched: np.ones(1, bool),
    )


@dataclass(frozen=True)
class _Subject:
    """What an expression looks at, one by one.

    chosen: which of them. so: from some of them (bool) to when it is so there. groups: from a mask of clusters in which
    something has changed to those that have to be looked at again.
    """

    chosen: np.ndarray
    so: Callable[[np.ndarray], Intervals]
    groups: Callable[[np.ndarray], np.ndarray]


def _nodes(world: World, expr: Expression) -> _Subject:
    def so(nodes: np.ndarray) -> Intervals:
        return world.nodes_bad(_clusters_of(nodes, world.layout)).of_entities(nodes)

    return _Subject(world.layout.select(expr.select), so, lambda touched: touched[world.layout.cluster])


def _clusters(world: World, expr: Expression) -> _Subject:
    chosen = world.layout.select_clusters(expr.select)
    if expr.applications:
        # A commit to one cluster makes others wait: all of them are looked at again.
        return _Subject(
            chosen,
            lambda clusters: applications(world, expr.applications, clusters),
            lambda touched: np.ones(len(touched), bool),
        )
    ask = world.components.down if expr.state == "down" else world.components.impaired
    chosen = chosen & world.components.present.get(expr.component, True)
    return _Subject(
        chosen,
        lambda clusters: ask(expr.component, clusters).of_entities(clusters),
        lambda touched: touched,
    )


def blind_spots(world: World, alert: Alert) -> Intervals:
    """When it can't see or tell, for each group of its watch: what it needs is down there."""
    down = Intervals.none().union(*(world.components.down(name) for name in alert.requires))
    if not len(down) or (alert.expr.above == 0.0 and not alert.expr.nodes):
        return down
    if alert.expr.above > 0.0:  # it is blind when it is blind everywhere
        return Intervals.overlaps(np.zeros(len(down), int), down.begin, down.end, 1, world.layout.clusters)
    times = world.layout.cluster_sizes[down.entity]
    first = np.repeat(np.searchsorted(world.layout.cluster, down.entity), times)
    place = np.arange(len(first)) - np.repeat(np.cumsum(times) - times, times)
    return Intervals(first + place, np.repeat(down.begin, times), np.repeat(down.end, times))


def _clusters_of(nodes: np.ndarray, layout: Layout) -> np.ndarray:
    found = np.zeros(layout.clusters, bool)
    found[layout.cluster[nodes]] = True
    return found


def _share_above(intervals: Intervals, share: float, total: int) -> Intervals:
    """When more than a share of `total` entities are in their interval, as one entity 0."""
    return Intervals.overlaps(
        np.zeros(len(intervals), np.int64), intervals.begin, intervals.end, 1, np.floor(share * total + 1e-9) + 1
    )
