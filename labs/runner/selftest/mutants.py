"""Judges weakened one criterion at a time. A mutant that accepts a wrong state is killed: that criterion is needed.

A judge accepts when all its criteria hold, so the mutant without criterion X accepts those states in which X alone
fails. No machine is needed to tell, only the criteria of the states recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from labs.runner.selftest.record import Record


@dataclass(frozen=True)
class Mutant:
    """The judge of a step without one of its criteria; `killed_by` is a wrong state that it accepts."""

    step: int
    criterion: str
    killed_by: str | None = None


def mutants(records: Iterable[Record]) -> list[Mutant]:
    """A mutant for each criterion of each judge."""
    records = [record for record in records if record.criteria]
    found = []
    for step in sorted({record.step for record in records}):
        own = [record for record in records if record.step == step]
        for criterion in dict.fromkeys(c.id for record in own for c in record.criteria):
            killers = [record.state for record in own if not record.accept and record.failing == {criterion}]
            found.append(Mutant(step, criterion, killers[0] if killers else None))
    return found


def inconsistent(records: Iterable[Record]) -> list[str]:
    """Judges whose criteria depend on the evidence: one that returns early hides criteria from the mutants."""
    found = []
    by_step: dict[int, dict[tuple[str, ...], str]] = {}
    for record in records:
        if record.criteria:
            by_step.setdefault(record.step, {}).setdefault(tuple(c.id for c in record.criteria), record.state)
    for step, seen in sorted(by_step.items()):
        if len(seen) > 1:
            states = " and ".join(f"{state!r}" for state in list(seen.values())[:2])
            found.append(
                f"step {step}: judge.py yields other criteria in the states {states}; always yield all of them"
            )
    return found
