"""`replicate`: one scenario, many runs."""

from __future__ import annotations

from typing import Any

from simulator.scenario.document import Scenario
from simulator.study.arm import Arm
from simulator.study.sample import Sample
from simulator.study.study import How, Study


def replicate(scenario: Scenario, replications: int | None = None, **how: Any) -> Replications:
    """Independent replications of a scenario, and what they say of its metrics.

    replications: how many (default 100), or `precision=0.05`: as many as that takes. The other keywords are those of
    `simulator.study.How`.

    Raises:
        StudyError: it can't be made as it was asked for.
        InvalidScenario: the scenario can't be run.
    """
    arm = Arm(scenario.variant_name or "base", scenario)
    return replicated(arm, How(replications=replications, **how))


def replicated(arm: Arm, how: How) -> Replications:
    """Replications of an arm."""
    return Replications(*how.gather(f"Replicating {arm.scenario.metadata.name}", [arm], _watched))


def _watched(metric: str) -> Any:
    def pairs(samples: list[Sample]) -> list[tuple]:
        return [(samples[0].of(metric), samples[0].of(metric))]

    return pairs


class Replications(Study):
    """Replications of one scenario: `runs`, `summary`, `probability`, `replay`, `plot`."""

    kind = "replicate"
