"""How an incident came about: the change, what it first took hold of, and what could first be seen of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulator.kernel import Intervals
from simulator.results.cases import Case
from simulator.results.postmortem.steps import Step
from simulator.results.postmortem.symptoms import Symptoms
from simulator.results.record import Record
from simulator.results.words import duration, plural
from simulator.scenario.operations import Expression

#: How a change comes into the world, by its route.
_MADE = {
    "git": "is merged",
    "push": "is merged",
    "os": "is released",
    "hand": "is made by hand",
    "registry": "moves the tag",
}
#: Entries of the journal that tell that a rollout went no further.
_STOPPED = ("paused", "aborted")


def onset(record: Record, case: Case, symptoms: Symptoms) -> Iterator[Step]:
    """The change, the first bite, the first symptom, when the alert could see it, and where the rollout stopped."""
    if case.cause is not None:
        if case.cause.number >= 0:
            yield _changed(record, case)
            yield from _stopped(record, case)
        if not np.isnan(case.bitten_at):
            yield _first_bite(record, case)
        first = _first_symptom(record, case, symptoms)
        yield from first
        yield from _services_down(record, case, symptoms, {step.subject for step in first})
    if case.incident is not None:
        expr = next(alert.expr for alert in record.world.spec.alerts if alert.name == case.incident.alert)
        subject, what = _looked_at(expr)
        yield Step(case.began_at, "visible", subject, f"{case.incident.alert} could see it: {what}")


def _looked_at(expr: Expression) -> tuple[str, str]:
    """What an alert looks at, and how it is when the alert could see it."""
    if expr.component:
        return expr.component, f"{expr.component} is {'down' if expr.state == 'down' else 'degraded or down'}"
    if expr.applications:
        return "applications", f"applications are {expr.applications.replace('-', ' ')}"
    return "nodes", "nodes are bad"


def _changed(record: Record, case: Case) -> Step:
    change = record.world.changes[case.cause.number]
    meant = np.flatnonzero(record.world.rollouts[case.cause.number].stage_of >= 0)
    where = plural(len(np.unique(record.layout.cluster[meant])), "cluster")
    note = f"the change {change.name} {_MADE[change.route]}, meant for {plural(len(meant), 'node')} in {where}"
    return Step(change.at, "changed", change.name, note, len(meant), "nodes")


def _stopped(record: Record, case: Case) -> Iterator[Step]:
    """Where a gate, or somebody, stopped the rollout of the change."""
    for entry in record.journal:
        if entry.what in _STOPPED and entry.subject == case.cause.name and entry.at <= case.over:
            note = f"its rollout is {entry.what}: {entry.note}" if entry.note else f"its rollout is {entry.what}"
            yield Step(entry.at, "rollout stopped", entry.subject, note)


def _first_bite(record: Record, case: Case) -> Step:
    at, nodes = case.bitten_at, case.during(case.nodes)
    nodes = nodes.where(nodes.begin == at)
    if len(nodes):
        first, counted, names = nodes, "nodes", record.layout.node_names(nodes.entity[:1])
    else:
        clusters = case.during(case.clusters)
        first, counted = clusters.where(clusters.begin == at), "clusters"
        names = [record.layout.cluster_names[first.entity[0]]]
    # On nodes it shows by what breaks there, in clusters by what breaks in them
    scope_of = record.world.components.scope_of
    shown = [(i.component, i.to) for i in case.condition.say.impairs]
    shown += [(load.component, "loaded") for load in case.condition.say.loads]
    broken = ", ".join(f"{name} {state}" for name, state in shown if (scope_of(name) == "node") == (counted == "nodes"))
    more = f" and {plural(len(first) - 1, counted[:-1])} more" if len(first) > 1 else ""
    note = f"{case.cause.name} takes hold of {names[0]}{more}" + (f": {broken}" if broken else "")
    return Step(at, "first bite", str(names[0]), note, len(first), counted)


def _first_symptom(record: Record, case: Case, symptoms: Symptoms) -> list[Step]:
    """What users or an alert could see first; else the first bad node; else the first component that was down."""
    found = [found for found in _in_sight(record, case, symptoms) if len(found[2])]
    if not found:
        nodes = [("", "out of service" if case.condition is None else "bad", case.during(case.nodes))]
        below = [(name, "down", case.seen(symptoms.down(name))) for name in record.watched_components]
        found = [f for f in nodes if len(f[2])] or [f for f in below if len(f[2])]
    if not found:
        return []
    name, state, spans = min(found, key=lambda f: f[2].begin.min())
    if name:
        return [_goes_down(record, case, "first symptom", name, state, spans)]
    at = float(spans.begin.min())
    first = spans.entity[spans.begin == at]
    node = str(record.layout.node_names(first[:1])[0])
    who = f"{node} and {plural(len(first) - 1, 'node')} more are" if len(first) > 1 else f"{node} is"
    note = f"{who} {state}{_because(case, at)}"
    return [Step(at, "first symptom", node, note, len(first), "nodes")]


def _services_down(record: Record, case: Case, symptoms: Symptoms, told: set[str]) -> Iterator[Step]:
    """The first time at which users missed each service that was not the first symptom."""
    for service in record.world.spec.services:
        spans = case.seen(symptoms.down(service.name))
        if len(spans) and service.name not in told:
            yield _goes_down(record, case, "service down", service.name, "down", spans)


def _goes_down(record: Record, case: Case, step: str, name: str, state: str, spans: Intervals) -> Step:
    """A component or a service that is down (or degraded) for the first time, in one cluster or in several at once."""
    at = float(spans.begin.min())
    first = spans.entity[spans.begin == at]
    more = f" and {plural(len(first) - 1, 'cluster')} more" if len(first) > 1 else ""
    if record.down(name).covers(first, np.full(len(first), at)).all():  # who looks for less sees that as well
        state = "down"
    note = f"{name} is {state} in {record.layout.cluster_names[first[0]]}{more}{_because(case, at)}"
    return Step(at, step, name, note, len(first), "clusters")


def _because(case: Case, at: float) -> str:
    """' because of x, 18 min after the first bite'."""
    later = f", {duration(at - case.bitten_at)} after the first bite" if at > case.bitten_at else ""
    return f" because of {case.cause.name}{later}"


def _in_sight(record: Record, case: Case, symptoms: Symptoms) -> Iterator[tuple[str, str, Intervals]]:
    """What users and alerts look at, as (component or service, '' for nodes; its state; when because of the cause)."""
    for service in record.world.spec.services:
        yield service.name, "down", case.seen(symptoms.down(service.name))
    for alert in record.world.spec.alerts:
        expr = alert.expr
        if expr.nodes:
            chosen, spans = record.layout.select(expr.select), case.during(case.nodes)
            if case.condition is None:  # planned work: bad is less than out of service
                spans = spans.both(record.bad)
            yield "", "bad", spans.of_entities(chosen)
        else:
            chosen = record.layout.select_clusters(expr.select)
            yield expr.component, expr.state, case.seen(symptoms.down(expr.component, expr.state)).of_entities(chosen)
