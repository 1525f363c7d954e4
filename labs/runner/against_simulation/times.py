"""What was measured in attempts at a lab, and what the scenario it mirrors says of the same times."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from labs.runner.lab.spec import LabSpec, Measure
from labs.runner.store.progress import Event
from simulator import Scenario
from simulator.run import Run

#: The central interval that a measured median should lie in.
CENTRAL = (0.1, 0.9)


@dataclass(frozen=True)
class Times:
    """One time by its name: how long it took in attempts, and in the targets of one simulated run; seconds.

    resolution: what was measured may be off by so much.
    """

    name: str
    title: str
    measured: np.ndarray
    simulated: np.ndarray
    resolution: float = 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Between these lie the central 80 % of the simulated times."""
        low, high = np.quantile(self.simulated, CENTRAL)
        return float(low), float(high)

    @property
    def median(self) -> float | None:
        """Of the measured times; None where there are none."""
        return float(np.median(self.measured)) if self.measured.size else None

    @property
    def inside(self) -> bool | None:
        """Whether the measured median lies in the simulated interval, as far as the lab can tell; None: no times."""
        low, high = self.interval
        return None if self.median is None else low - self.resolution <= self.median <= high + self.resolution

    def as_dict(self) -> dict[str, Any]:
        low, high = self.interval
        return {
            "name": self.name,
            "title": self.title,
            "measured": [round(float(seconds), 3) for seconds in self.measured],
            "measured_median_s": self.median,
            "simulated_p10_s": low,
            "simulated_median_s": float(np.median(self.simulated)),
            "simulated_p90_s": high,
            "resolution_s": self.resolution,
            "inside": self.inside,
        }


def measured(events: Iterable[Event]) -> dict[str, list[float]]:
    """The times of one attempt: each check tells all so far, so the last one that tells of a time counts."""
    found: dict[str, list[float]] = {}
    for event in events:
        found |= event.detail.get("measured", {})
    return found


def compare(spec: LabSpec, attempts: Iterable[Iterable[Event]], seed: int = 1) -> list[Times]:
    """Every measure of a lab: the times of all these attempts beside one run of the scenario.

    Raises:
        InvalidScenario: the scenario can't be run with the lab's settings.
        KeyError: it has no such change.
    """
    assert spec.simulation is not None and spec.mirrors is not None
    run = Scenario.load(spec.mirrors).with_settings(spec.simulation.settings).run(seed=seed)
    told = [measured(events) for events in attempts]
    return [
        Times(
            name,
            measure.title,
            np.array([seconds for times in told for seconds in times.get(name, [])], float),
            simulated(run, measure),
            measure.resolution,
        )
        for name, measure in spec.simulation.measures.items()
    ]


def simulated(run: Run, measure: Measure) -> np.ndarray:
    """The same time in every target of a run."""
    if measure.lag is not None:
        return run.lags(measure.lag)
    if measure.correction is not None:
        return run.corrections(measure.correction)
    component, edge = (measure.begins, "begin") if measure.begins is not None else (measure.ends, "end")
    return run.outages(component)[edge].to_numpy() - (measure.since or 0.0)
