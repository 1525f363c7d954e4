"""Whom a condition has in its grip, and which conditions an alert may be about."""

from __future__ import annotations

import numpy as np

from simulator.components import ActiveCondition
from simulator.nodes.states import State
from simulator.run.world import World
from simulator.scenario.operations import Expression


def suspects(world: World, expr: Expression, at: float) -> list[ActiveCondition]:
    """Conditions at work at a time that make an alert's expression true, the one that hits most nodes first."""
    weighed = [(_weight(world, c, expr, at), -k, c) for k, c in enumerate(world.conditions)]
    return [c for weight, _, c in sorted(weighed, key=lambda w: w[:2], reverse=True) if weight > 0]


def _weight(world: World, condition: ActiveCondition, expr: Expression, at: float) -> int:
    """How many of the nodes an alert looks at a condition has in its grip, by themselves or by their cluster."""
    seen = world.layout.select(expr.select) if expr.nodes else _in_clusters(world, expr)
    nodes = hit_nodes(world, condition, at)
    if expr.nodes:
        return int(seen[nodes].sum())
    behind = world.engine.behind(expr.applications) if expr.applications else (expr.component,)
    below = set().union(*map(world.components.closure, behind))
    weight = int((seen & _lives_on(world, below))[nodes].sum())
    if below & condition.touches:
        mask = np.zeros(world.layout.clusters, bool)
        mask[hit_clusters(world, condition, at)] = True
        weight += int((seen & mask[world.layout.cluster]).sum())
    return weight


def _in_clusters(world: World, expr: Expression) -> np.ndarray:
    return world.layout.select_clusters(expr.select)[world.layout.cluster]


def hit_nodes(world: World, condition: ActiveCondition, at: float) -> np.ndarray:
    """Nodes that are out of order because of a condition at a time."""
    hit = np.zeros(world.layout.nodes, bool)
    if condition.on_node is not None:
        grip = condition.grip_on_nodes()
        hit[grip.entity[(grip.begin <= at) & (grip.end > at)]] = True
    if condition.machine:
        agenda = world.nodes.agenda
        everyone = np.arange(world.layout.nodes)
        rows, version = agenda.row_at(everyone, at), version_of(world, condition)
        dead = np.isin(agenda.state_at(everyone, at), (State.FAILED, State.NOT_READY))
        booted = agenda.step_at(rows, at) > 0  # it died of what it booted, whoever made it boot
        if version >= 0:
            dead &= booted & condition.nodes & (world.nodes.versions_at(everyone, at)[1] == version)
        else:
            dead &= ~booted & (agenda.owner[rows] == condition.number)
        hit |= dead
    return np.flatnonzero(hit)


def hit_clusters(world: World, condition: ActiveCondition, at: float) -> np.ndarray:
    """Clusters in which a condition has a component, or a shared one, in its grip at a time."""
    grip = world.components.felt(condition, np.ones(world.layout.clusters, bool))
    return np.unique(grip.entity[(grip.begin <= at) & (grip.end > at)])


def clusters_of(world: World, condition: ActiveCondition, at: float) -> np.ndarray:
    """The clusters in which a remedy has to act."""
    of_nodes = world.layout.cluster[hit_nodes(world, condition, at)]
    return np.union1d(of_nodes, hit_clusters(world, condition, at)).astype(int)


def takes_down(world: World, condition: ActiveCondition, component: str, clusters: np.ndarray, at: float) -> bool:
    """Whether a condition is why a component is down in any of these clusters at a time: by itself, by what the
    component needs, or by the nodes that it lives on."""
    here = clusters[world.components.down(component).covers(clusters, np.full(len(clusters), at))]
    below = world.components.fatal(component)
    impairs = {i.component for i in condition.say.impairs if i.to == "down"}
    if (
        below & (impairs | {load.component for load in condition.say.loads})
        and np.isin(hit_clusters(world, condition, at), here).any()
    ):
        return True
    hit = hit_nodes(world, condition, at)
    return bool((_lives_on(world, below)[hit] & np.isin(world.layout.cluster[hit], here)).any())


def _lives_on(world: World, components: set[str]) -> np.ndarray:
    """The nodes (bool) that components live on: etcd on control planes, services on their hosts."""
    found = np.zeros(world.layout.nodes, bool)
    if "etcd" in components:
        found |= world.layout.control_plane
    for replicas in world.services:
        if replicas.say.name in components:
            found |= replicas.hosts
    return found


def version_of(world: World, condition: ActiveCondition) -> int:
    """The version that brings the condition; -1 when none does."""
    if condition.number < 0:
        return -1
    change = world.changes[condition.number]
    return world.nodes.version(change.brings) if change.route == "os" else -1
