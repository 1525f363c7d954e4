"""All steps of an incident, in the order of time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.components import ActiveCondition
from simulator.results.cases import Case, cases
from simulator.results.postmortem.onset import onset
from simulator.results.postmortem.people import people
from simulator.results.postmortem.recovery import recovery
from simulator.results.postmortem.remedies import Grip, remedies
from simulator.results.postmortem.steps import ORDER, Step
from simulator.results.postmortem.symptoms import Symptoms, symptoms_by, symptoms_of
from simulator.results.record import Record


@dataclass(frozen=True)
class Story:
    """One incident: its number from 1 as in the table `incidents`, its case, what was down because of it, its steps."""

    number: int
    case: Case
    symptoms: Symptoms
    steps: list[Step]


def stories(record: Record) -> list[Story]:
    """The story of every incident of a run."""
    return record.once("stories", "", lambda: _stories(record))


def _stories(record: Record) -> list[Story]:
    found, known = cases(record), {}

    def grip(condition: ActiveCondition) -> Grip:
        """What a condition hits and has down; many incidents may be about the same one."""
        if condition.name not in known:
            spans = record.hit_nodes(condition), record.hit_clusters(condition)
            known[condition.name] = Grip(condition, *spans, symptoms_by(record, condition))
        return known[condition.name]

    told = []
    for number, case in enumerate(found, 1):
        symptoms = symptoms_of(record, case)
        steps = [
            *onset(record, case, symptoms),
            *people(record, case, found),
            *remedies(record, case, grip),
            *recovery(record, case, found),
        ]
        steps = [step for step in steps if np.isfinite(step.at) and step.at <= record.horizon]
        told.append(Story(number, case, symptoms, sorted(steps, key=lambda s: (s.at, ORDER.index(s.step)))))
    return told
