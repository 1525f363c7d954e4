"""`sweep`: one scenario at several values of some fields, every combination of them, paired run by run."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from simulator.scenario.document import Scenario
from simulator.scenario.paths import UnknownPath, replaced
from simulator.study import estimates
from simulator.study.arm import Arm
from simulator.study.errors import StudyError
from simulator.study.sample import Sample, better
from simulator.study.study import How, Study
from simulator.study.vary import short

#: More points than anybody can look at are a slip of the pen.
MOST_POINTS = 1000


def sweep(scenario: Scenario, vary: Mapping[str, Sequence[Any]], replications: int | None = None, **how: Any) -> Sweep:
    """A scenario at every combination of values: `{"spec.changes[x].rollout.stages[0].bake": ["5m", "1h"]}`.

    All points share every draw they do not differ about. replications: runs of each point (default 100). The other
    keywords are those of `simulator.study.How`.

    Raises:
        StudyError: it can't be made as it was asked for, or a path leads nowhere.
        InvalidScenario: the scenario can't be run with one of the values.
    """
    return swept(scenario, vary, How(replications=replications, **how))


def swept(
    scenario: Scenario,
    vary: Mapping[str, Sequence[Any]],
    how: How,
    where: str | None = None,
    given: Mapping[str, Any] | None = None,
) -> Sweep:
    """A sweep of a scenario that the command line knows as `where`, with settings that were given to it."""
    if not vary:
        raise StudyError("nothing is varied; write --vary PATH=V1,V2,...")
    for path, values in vary.items():
        if isinstance(values, str) or not len(values):
            raise StudyError(f"{path}: a list of values is expected")
        if len({repr(v) for v in values}) < len(values):
            raise StudyError(f"{path}: a value stands twice")
    points = list(itertools.product(*vary.values()))
    if len(points) > MOST_POINTS:
        raise StudyError(f"{len(points):,} combinations are more than {MOST_POINTS:,}; vary fewer values at once")
    arms = []
    for point in points:
        settings = dict(zip(vary, point, strict=True))
        name = ", ".join(f"{word}={v}" for word, v in zip(short(list(vary)), point, strict=True))
        arms.append(Arm(name, set_to(scenario, settings), settings, where, given))
    gathered, plan, metric = how.gather(f"Sweeping {scenario.metadata.name}", arms, _watched)
    return Sweep(gathered, plan, metric, list(vary))


def set_to(scenario: Scenario, settings: Mapping[str, Any]) -> Scenario:
    """The scenario with these settings. Raises StudyError where a path leads nowhere."""
    try:
        return replaced(scenario, settings)
    except UnknownPath as error:
        raise StudyError(str(error)) from None


def _watched(metric: str) -> Any:
    def pairs(samples: list[Sample]) -> list[tuple]:
        return [(sample.of(metric), sample.of(metric)) for sample in samples]

    return pairs


class Sweep(Study):
    """A scenario at several points: `points`, and all that every study has."""

    kind = "sweep"

    def __init__(self, gathered: Any, plan: Any, metric: str, paths: list[str]) -> None:
        super().__init__(gathered, plan, metric)
        self.paths = paths

    @cached_property
    def points(self) -> pd.DataFrame:
        """A row for each point: a column for each path, and of the metric the mean with its interval (low, high), p10
        and p90 of a run; convergence: mean time until all targets have it (s); on_frontier: no other point is better
        both in the metric and in convergence."""
        rows = []
        for sample in self.samples:
            values = sample.of(self.metric)
            centre = estimates.mean(values, sample.groups)
            told, _ = estimates.answered(values)
            rows.append(
                {
                    **sample.arm.settings,
                    "mean": centre.estimate,
                    "low": centre.low,
                    "high": centre.high,
                    "p10": float(np.quantile(told, 0.1)) if len(told) else np.nan,
                    "p90": float(np.quantile(told, 0.9)) if len(told) else np.nan,
                    "n": len(told),
                    "convergence": rollout_duration(sample),
                }
            )
        table = pd.DataFrame(rows)
        cost = -better(self.metric) * table["mean"].to_numpy(float)
        table["on_frontier"] = frontier(table["convergence"].to_numpy(float), cost)
        return table

    @property
    def table(self) -> pd.DataFrame:
        """The points."""
        return self.points

    def document(self) -> dict[str, Any]:
        """The study as plain data."""
        points = [
            {"settings": sample.arm.settings, **{k: v for k, v in row.items() if k not in self.paths}}
            for sample, row in zip(self.samples, self.points.to_dict("records"), strict=True)
        ]
        return {**super().document(), "points": points}


def rollout_duration(sample: Sample) -> float:
    """Mean time from the commit to the last target that a change reaches, s; NaN where nothing is rolled out."""
    if "convergence_max" not in sample.metrics:
        return np.nan
    told, _ = estimates.answered(sample.of("convergence_max"))
    return float(told.mean()) if len(told) else np.nan


def frontier(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Which points (bool) no other beats in both x and y, less being better; NaN is never among them."""
    told = ~np.isnan(x) & ~np.isnan(y)
    beaten = [bool(np.any(told & (x <= a) & (y <= b) & ((x < a) | (y < b)))) for a, b in zip(x, y, strict=True)]
    return told & ~np.array(beaten, bool)
