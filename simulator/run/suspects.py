"""Whom a condition has in its grip, and which conditions an alert may be about."""

from __future__ import annotations

import numpy as np

from simulator.components import ActiveCondition
from simulator.kernel import Intervals
from simulator.nodes.states import State
from simulator.run.world import World
from simulator.scenario.operations import Expression
from simulator.scenario.selector import Selector


def suspects(world: World, expr: Expression, at: float) -> list[ActiveCondition]:
    """Conditions at work at a time that make an alert's expression true, the one that hits most nodes first."""
    looked_at = [expr, *_hosting(world, expr)]
    weighed = [(sum(_weight(world, c, each, at) for each in looked_at), -k, c) for k, c in enumerate(world.conditions)]
    return [c for weight, _, c in sorted(weighed, key=lambda w: w[:2], reverse=True) if weight > 0]


def _hosting(world: World, expr: Expression) -> list[Expression]:
    """What the APIs that an alert depends on live in, where other clusters host them: the service, there."""
    behind = world.engine.behind(expr.applications) if expr.applications else (expr.component,)
    if expr.nodes or "api" not in set().union(*map(world.components.closure, behind)):
        return []
    hosts, layout = hosting(world), world.layout
    seen, names = layout.select_clusters(expr.select), np.array(layout.cluster_names)
    return [
        Expression(component=service, select=Selector({"cluster": list(names[np.unique(hosts[service][chosen])])}))
        for service in hosts
        if (chosen := seen & (hosts[service] >= 0)).any()
    ]


def hosting(world: World) -> dict[str, np.ndarray]:
    """The services that are control planes of other clusters; for each, which cluster hosts which, -1 for none."""
    found: dict[str, np.ndarray] = {}
    for number, entry in enumerate(world.spec.fleet):
        if entry.hosted_by is not None:
            mine = world.layout.entry_of_cluster == number
            known = found.setdefault(entry.hosted_by.service, np.full(world.layout.clusters, -1))
            known[mine] = world.layout.hosts[mine]
    return found


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
    if condition.loads_what_is_shared:
        grip = for_all(grip, world.layout.clusters)
    return _held(grip, at)


def for_all(spans: Intervals, clusters: int) -> Intervals:
    """When it holds in any cluster, for all of them."""
    any_ = Intervals.of(np.zeros(len(spans), int), spans.begin, spans.end)
    where = np.arange(clusters)
    return Intervals(np.repeat(where, len(any_)), np.tile(any_.begin, clusters), np.tile(any_.end, clusters))


def _held(spans: Intervals, at: float) -> np.ndarray:
    """Whom they hold at a time."""
    return np.unique(spans.entity[(spans.begin <= at) & (spans.end > at)])


def clusters_of(world: World, condition: ActiveCondition, at: float) -> np.ndarray:
    """The clusters in which a remedy has to act."""
    of_nodes = world.layout.cluster[hit_nodes(world, condition, at)]
    grip = world.components.felt(condition, np.ones(world.layout.clusters, bool))  # the load comes from these
    return np.union1d(of_nodes, _held(grip, at)).astype(int)


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
