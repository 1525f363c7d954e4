"""What a study keeps of a run: its metrics, and three curves over time.

A worker, wherever it is, gets the scenario as text and gives numbers back; the same text, seed and replication
give the same numbers to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from simulator.kernel import Intervals
from simulator.kernel.intervals import steps
from simulator.results.metrics import METRICS
from simulator.run import Run, simulate
from simulator.scenario.document import Scenario
from simulator.study.errors import StudyError
from simulator.study.fingerprint import fingerprint

#: The metrics, in the order of their columns.
NAMES = tuple(metric.name for metric in METRICS)
#: Means over equal bins of time: the share of nodes bad, of clusters affected, of services (by cluster) down.
CURVES = ("bad_nodes", "affected_clusters", "services_down")
BINS = 240


@dataclass(frozen=True)
class Observations:
    """Some replications of one design point.

    replication: int64 (n,), rising; metrics: float64 (n, metrics), NaN where a run has no answer; curves: float32
    (n, 3, BINS), shares; services_down is NaN throughout where there are no services.
    """

    replication: np.ndarray
    metrics: np.ndarray
    curves: np.ndarray

    @classmethod
    def none(cls) -> Observations:
        """Of no replication."""
        return cls.of({})

    @classmethod
    def of(cls, rows: dict[int, tuple[np.ndarray, np.ndarray]]) -> Observations:
        """From metrics and curves by replication, in any order."""
        order = sorted(rows)
        return cls(
            np.array(order, np.int64),
            np.array([rows[r][0] for r in order], float).reshape(len(order), len(NAMES)),
            np.array([rows[r][1] for r in order], np.float32).reshape(len(order), len(CURVES), BINS),
        )

    def rows(self) -> dict[int, tuple[np.ndarray, np.ndarray]]:
        """Metrics and curves by replication."""
        return {int(r): (m, c) for r, m, c in zip(self.replication, self.metrics, self.curves, strict=True)}


@dataclass(frozen=True)
class Batch:
    """Work for one worker: a few replications of a scenario (as text) under a seed, for one version of Paddock."""

    text: str
    seed: int
    replications: tuple[int, ...]
    code: str


def observe(batch: Batch) -> Observations:
    """The runs of a batch.

    Raises:
        StudyError: this worker has another version of Paddock.
    """
    if batch.code != fingerprint():
        raise StudyError(
            f"a worker runs Paddock {fingerprint()}, but this study is made with {batch.code}: their numbers could "
            "differ; install the same version there"
        )
    scenario = _read(batch.text)
    return Observations.of({r: observed(simulate(scenario, batch.seed, r)) for r in batch.replications})


@lru_cache(maxsize=64)
def _read(text: str) -> Scenario:
    return Scenario.parse(text, "study")


def observed(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Metrics and curves of a run."""
    return run.metrics.to_numpy(float), _curves(run.record)


def _curves(record: Any) -> np.ndarray:
    layout = record.layout
    curves = [_means(record.bad, layout.nodes, record.horizon)]
    curves.append(_means(record.clusters_affected, layout.clusters, record.horizon))
    down = [record.down(service.say.name) for service in record.world.services]
    carried = sum(int(service.present.sum()) for service in record.world.services)  # once for each cluster that has it
    curves.append(sum(_means(each, carried, record.horizon) for each in down) if carried else np.full(BINS, np.nan))
    return np.array(curves, np.float32)


def _means(spans: Intervals, size: int, horizon: float) -> np.ndarray:
    """The share of `size` entities for which it holds, as an exact mean over each bin of time."""
    if not len(spans):
        return np.zeros(BINS)
    at, level = steps(np.concatenate([spans.begin, spans.end]), np.repeat([1.0, -1.0], len(spans)))
    at, level = np.concatenate([[0.0], at, [horizon]]), np.concatenate([[0.0], level, [0.0]])
    spent = np.concatenate([[0.0], np.cumsum(level[:-1] * np.diff(at))])
    edges = np.linspace(0.0, horizon, BINS + 1)
    return np.diff(np.interp(edges, at, spent)) / (size * horizon / BINS)
