"""What an attempt is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labs.runner.store.progress import Event


@dataclass(frozen=True)
class StepScore:
    """One step of an attempt. A step that was solved for the learner earns nothing."""

    number: int
    title: str
    points: int
    most: int
    passed: bool
    assisted: bool
    checks: int
    hints: int
    passed_at: float | None

    def as_dict(self) -> dict[str, Any]:
        return dict(self.__dict__)


def scores(steps: list[Any], events: list[Event]) -> list[StepScore]:
    """For each step what the events say. A check without a verdict is never charged."""
    found = []
    for step in steps:
        own = [event for event in events if event.step == step.number]
        passes = [event for event in own if event.kind == "check" and event.verdict == "pass"]
        first = passes[0] if passes else None
        assisted = any(event.kind == "solve" and (first is None or event.number < first.number) for event in own)
        found.append(
            StepScore(
                step.number,
                step.title,
                step.spec.points if first and not assisted else 0,
                step.spec.points,
                first is not None,
                assisted,
                sum(event.kind == "check" and event.verdict in ("pass", "fail") for event in own),
                len({event.detail.get("tier") for event in own if event.kind == "hint"}),
                first.at if first else None,
            )  # fmt: skip
        )
    return found


def current_step(scored: list[StepScore]) -> int:
    """The first step that has not been passed; one more than the last when all have."""
    return next((score.number for score in scored if not score.passed), len(scored) + 1)
