"""Who was behind an incident: as somebody found out, or as the record knows where nobody looked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.components import ActiveCondition
from simulator.kernel import Intervals
from simulator.nodes.states import BAD, SERVING, State
from simulator.operations import Incident
from simulator.results.record import Record
from simulator.run.levers import BY_GATE, BY_PEOPLE
from simulator.run.suspects import hosting, suspects
from simulator.scenario.operations import Expression

#: What runs on these nodes has to go elsewhere: a drained node still serves, its pods are on the move.
_AWAY = ~SERVING
_AWAY[State.DRAINING] = True


@dataclass(frozen=True)
class Cause:
    """The change or fault behind an incident. condition: what had something in its grip; None where it was only the
    work of a change that took nodes out of service, and then away says which, when."""

    name: str
    number: int
    condition: ActiveCondition | None = None
    away: Intervals | None = None


def cause_of(record: Record, incident: Incident) -> Cause | None:
    """The cause that was diagnosed; else the condition, else the change at work on what the alert looks at when it
    went wrong, or at least when the alert fired. None when there was neither."""
    world = record.world
    if incident.cause:
        return _condition(next(c for c in world.conditions if c.name == incident.cause))
    expr = next(alert.expr for alert in world.spec.alerts if alert.name == incident.alert)
    for at in (incident.began_at, incident.detected_at):
        if np.isnan(at):
            continue
        if found := suspects(world, expr, at):
            return _condition(found[0])
        work = _on_its_way(record, at) if expr.applications else _at_work(record, expr, at, incident)
        if work is not None:
            return work
    return None


def _condition(condition: ActiveCondition) -> Cause:
    return Cause(condition.name, condition.number, condition)


def _on_its_way(record: Record, at: float) -> Cause | None:
    """The change that the engine knows most clusters to lack at a time."""
    lacking: dict[int, int] = {}
    for delivery in record.world.engine.deliveries:
        lacks = np.count_nonzero((delivery.seen <= at) & (delivery.applied > at))
        lacking[delivery.number] = lacking.get(delivery.number, 0) + lacks
    number = max(lacking, key=lacking.get, default=-1)
    if number < 0 or not lacking[number]:
        return None
    return Cause(record.world.changes[number].name, number, away=Intervals.none())


def _at_work(record: Record, expr: Expression, at: float, incident: Incident) -> Cause | None:
    """The change that keeps most of the nodes an alert depends on out of service at a time."""
    world, agenda = record.world, record.world.nodes.agenda
    looked_at = _looked_at(record, expr, at)
    nodes, gone = np.flatnonzero(looked_at), BAD if expr.nodes else _AWAY
    nodes = nodes[gone[agenda.state_at(nodes, at)]]
    owners = _changes_of(record, agenda.row_at(nodes, at))
    owners = owners[owners >= 0]
    if not owners.size:
        return None
    number = int(np.bincount(owners).argmax())
    end = np.nanmin([incident.recovered_at, record.horizon])
    condition = world.defect_of.get(number)
    if condition is not None:  # what it did to the nodes may show only after the reboot that set off the alert
        spans = (record.hit_nodes(condition), record.hit_clusters(condition))
        if any(((s.begin <= end) & (s.end > at)).any() for s in spans):
            return _condition(condition)
    rows = np.flatnonzero(_changes_of(record, np.arange(agenda.rows)) == number)
    return Cause(world.changes[number].name, number, away=agenda.spans(gone, rows).of_entities(looked_at))


def _looked_at(record: Record, expr: Expression, at: float) -> np.ndarray:
    """The nodes (bool) an alert depends on: the selected ones, or those of the clusters in which it is true."""
    layout = record.layout
    if expr.nodes:
        return layout.select(expr.select)
    clusters = layout.select_clusters(expr.select)
    wrong = (record.down if expr.state == "down" else record.impaired)(expr.component)
    true = clusters & wrong.covers(np.arange(layout.clusters), np.full(layout.clusters, at))
    found = true if true.any() else clusters
    hosts = np.array([host[found] for host in hosting(record.world).values()], int).reshape(-1)
    if "api" in record.world.components.closure(expr.component):
        found = found | np.isin(np.arange(layout.clusters), hosts)  # -1, of who is not hosted, is no cluster
    return found[layout.cluster]


def _changes_of(record: Record, rows: np.ndarray) -> np.ndarray:
    """The number of the change each row of the agenda is for, -1 for none: who boots a node back from a version is at
    work because of the change that brought the version."""
    world, agenda = record.world, record.world.nodes.agenda
    back = np.isin(agenda.owner[rows], (BY_GATE, BY_PEOPLE)) & (agenda.new[rows] != agenda.old[rows])
    brought = np.full(len(rows), -1)
    for number, change in enumerate(world.changes):
        if change.route == "os":
            from_it = agenda.old[rows] == world.nodes.version(change.brings)
            brought[from_it & world.targets(number)[agenda.entity[rows]]] = number
    return np.where(back, brought, np.maximum(agenda.owner[rows], -1))
