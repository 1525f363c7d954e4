"""The three results of a check. Only pass advances; an error is never charged to the learner."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Outcome = Literal["pass", "fail", "error"]


@dataclass(frozen=True)
class Criterion:
    """One fact that was wanted: what was found, what was wanted, one pointer. `within`: seconds it may take."""

    id: str
    passed: bool
    found: Any = None
    wanted: Any = None
    pointer: str = ""
    within: float = 0


@dataclass
class Verdict:
    """What a check says. `reason` is for errors, `output` is what a plain scenario's script printed."""

    outcome: Outcome
    criteria: list[Criterion] = field(default_factory=list)
    reason: str = ""
    output: str = ""
    tries: int = 1
    seconds: float = 0
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def failing(self) -> list[str]:
        return [criterion.id for criterion in self.criteria if not criterion.passed]

    @property
    def measured(self) -> dict[str, list[float]]:
        """Times that observers have measured in this attempt, by name; seconds."""
        found: dict[str, list[float]] = {}
        for place in self.evidence.values():
            told = place.get("measured") if isinstance(place, dict) else None
            for name, times in (told if isinstance(told, dict) else {}).items():
                found[name] = [*found.get(name, []), *map(float, times)]
        return found

    def as_dict(self, evidence: bool = False) -> dict[str, Any]:
        said = {
            "outcome": self.outcome,
            "criteria": [dict(criterion.__dict__) for criterion in self.criteria],
            "reason": self.reason,
            "output": self.output,
            "tries": self.tries,
            "seconds": round(self.seconds, 2),
            "measured": self.measured,
        }
        return said | ({"evidence": self.evidence} if evidence else {})


class NoVerdict(Exception):
    """Evidence that can't be taken, or a judge that can't judge it."""
