"""What people did until they acted: from the alert to the decision."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.operations import Attempt, Incident
from simulator.results.cases import Case
from simulator.results.postmortem.steps import Step
from simulator.results.record import Record
from simulator.results.words import duration, plural


def people(record: Record, case: Case, all_cases: list[Case]) -> Iterator[Step]:
    """From the alert to the decision; nothing where nobody was told."""
    incident = case.incident
    if incident is None:
        return
    alert, cause = incident.alert, case.cause.name if case.cause else ""
    counted, hit = _hit(case, incident.detected_at)
    state = "hit" if case.condition else "out of service"
    so_far = f", with {plural(hit, counted[:-1])} {state} by then" if hit else ""
    after = duration(incident.detected_at - incident.began_at)
    yield Step(incident.detected_at, "alert fires", alert, f"{alert} fires after {after}{so_far}", hit, counted)
    by_ticket = any(e.what == "ticket" and (e.at, e.subject) == (incident.paged_at, alert) for e in record.journal)
    told = "a ticket is written" if by_ticket else "somebody is paged"
    yield Step(incident.paged_at, "paged", alert, f"{told} because of {alert}")
    after = f"{duration(incident.acknowledged_at - incident.paged_at)} after the {'ticket' if by_ticket else 'page'}"
    yield Step(incident.acknowledged_at, "acknowledged", alert, f"somebody looks, {after}")
    yield _misled(record, incident)
    after = duration(incident.diagnosed_at - incident.acknowledged_at)
    yield Step(incident.diagnosed_at, "diagnosed", cause, f"the cause is known after {after}: {cause}")
    yield Step(incident.decided_at, "decided", *_decided(incident, cause, all_cases))


def _hit(case: Case, at: float) -> tuple[str, int]:
    """How many nodes, else clusters, were in the grip of the cause at a time."""
    counted, spans = case.entities
    hit = int(((spans.begin <= at) & (spans.end > at)).sum())
    return (counted, hit) if hit else ("", 0)


def _misled(record: Record, incident: Incident) -> Step:
    """When somebody took something else for the cause, where operations know of such mistakes."""
    at = incident.misdiagnosed_at
    told = next((e for e in record.journal if e.at == at and e.what == "wrong diagnosis"), None)
    more = f": {told.note}" if told and told.note else ""
    return Step(at, "wrong diagnosis", incident.alert, f"somebody takes something else for the cause{more}")


def _decided(incident: Incident, cause: str, all_cases: list[Case]) -> tuple[str, str]:
    """What was decided on: subject and note."""
    first = next((a for a in incident.attempts if a.decided_at >= incident.decided_at), None)
    if first is not None:
        return first.remedy, f"somebody decides what to do: {first.remedy}"
    for number, other in enumerate(all_cases, 1):
        for attempt in other.incident.attempts if other.incident else ():
            if _under_way(attempt, cause, incident.decided_at):
                return attempt.remedy, f"a colleague is at it because of incident {number}: {attempt.remedy}"
    return "", "nothing of the runbook can help"


def _under_way(attempt: Attempt, cause: str, at: float) -> bool:
    return attempt.cause == cause and attempt.started_at <= at < attempt.done_at
