"""Samples: the runs of each arm, as many as were asked for or as a precision needs.

Run number i of a study is replication i of its seed, in every arm: that is what pairs them. Where parameters are
uncertain a study has two levels: runs i with the same i // inner share a draw of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulator.results.metrics import METRICS, Metric
from simulator.results.words import plural
from simulator.scenario.errors import nearest
from simulator.study import estimates
from simulator.study import steady as long_run
from simulator.study.arm import Arm
from simulator.study.errors import StudyError
from simulator.study.execution import Execution, Request
from simulator.study.observation import CURVES, NAMES
from simulator.study.steady import WarmUp
from simulator.study.stopping import FIRST, LOOK_AHEAD, Rule, needed, reached

#: Of how many runs a study is made unless it says otherwise; how many share a draw of uncertain parameters.
REPLICATIONS, INNER = 100, 4

#: Metrics of which more is better; of all others less is.
MORE_IS_BETTER = {
    "service_availability",
    "node_availability",
    "cluster_availability",
    "deployment_frequency",
    "audit_coverage",
}


def better(metric: str) -> int:
    """1 where more is better, -1 where less is."""
    return 1 if metric in MORE_IS_BETTER else -1


@dataclass(frozen=True)
class Sample:
    """The runs of one arm.

    metrics: a row a run, a column a metric; curves: float32 (runs, 3, BINS); groups: number of the draw of the
    uncertain parameters of each run, None where nothing is uncertain.
    """

    arm: Arm
    seed: int
    metrics: pd.DataFrame
    curves: np.ndarray
    groups: np.ndarray | None

    def __len__(self) -> int:
        return len(self.metrics)

    def of(self, metric: str) -> np.ndarray:
        """A metric of every run."""
        return self.metrics[metric].to_numpy(float)

    def curve(self, name: str) -> np.ndarray:
        """One of the curves of every run, (runs, BINS)."""
        return self.curves[:, CURVES.index(name)]

    def first(self, n: int) -> Sample:
        """Only the first n runs."""
        groups = None if self.groups is None else self.groups[:n]
        return Sample(self.arm, self.seed, self.metrics.iloc[:n], self.curves[:n], groups)

    def near(self, metric: str, share: float) -> int:
        """The number of the run that is nearest to a quantile of a metric, counted from good to bad; -1 for none."""
        values = -better(metric) * self.of(metric)
        if np.isnan(values).all():
            return -1
        return int(np.nanargmin(np.abs(values - np.nanquantile(values, share))))

    def command(self, run: int) -> str:
        """What to type to see one of these runs."""
        return self.arm.command(self.seed, run, 0 if self.groups is None else int(self.groups[run]))


@dataclass(frozen=True)
class Gathered:
    """Samples of all arms, why there are no more of them, and what was left out of each run (None: nothing)."""

    samples: tuple[Sample, ...]
    stopped: str
    warm: WarmUp | None
    inner: int


@dataclass(frozen=True)
class Plan:
    """How the samples of a study are taken.

    steady: a steady-state study; warmup: seconds to leave out, None: as MSER-5 finds. inner: runs that share a draw.
    """

    rule: Rule
    seed: int = 1
    steady: bool = False
    warmup: float | None = None
    inner: int = INNER

    def __post_init__(self) -> None:
        if self.inner < 2:
            raise StudyError(f"at least 2 runs share a draw of the uncertain parameters, not {self.inner}")

    @property
    def metric_info(self) -> dict[str, Metric]:
        """The metrics of this study by name."""
        return {metric.name: metric for metric in (long_run.METRICS if self.steady else METRICS)}


#: From the samples so far: pairs of (values, what they must be precise beside), one number for each run.
Watched = Callable[[Sequence[Sample]], list[tuple[np.ndarray, np.ndarray]]]


def gather(execution: Execution, arms: Sequence[Arm], plan: Plan, watched: Watched) -> Gathered:
    """Take samples of all arms until the rule is satisfied."""
    rule = plan.rule
    inner = plan.inner if any(arm.uncertain for arm in arms) else 1
    wanted = FIRST + LOOK_AHEAD if rule.precision else max(1, -(-(rule.replications or REPLICATIONS) // inner))
    cap, warm = max(FIRST + LOOK_AHEAD, rule.cap // inner), None
    while True:
        samples = _samples(execution, arms, plan.seed, wanted * inner, inner)
        if plan.steady:
            warm = warm or _warm_up(plan, samples)
            samples = [_steady(sample, warm) for sample in samples]
        if not rule.precision:
            return Gathered(tuple(samples), f"{_runs(wanted, inner)}, as asked for", warm, inner)
        pairs = [(_by_unit(a, inner), _by_unit(b, inner)) for a, b in watched(samples)]
        if found := _stop(pairs, rule.precision):
            n, why = found
            return Gathered(tuple(s.first(n * inner) for s in samples), f"{_runs(n, inner)}: {why}", warm, inner)
        if wanted >= cap:
            why = f"stopped at the cap, before the precision of {rule.precision:.3g} was reached"
            return Gathered(tuple(samples), f"{_runs(wanted, inner)}: {why}", warm, inner)
        guess = max(needed(values, sizes, rule.precision) for values, sizes in pairs)
        wanted = min(cap, max(wanted + LOOK_AHEAD, min(guess, 2 * wanted)))


def _runs(units: int, inner: int) -> str:
    """How many runs of each arm, in words."""
    draws = f" ({plural(units, 'draw')} of the uncertain parameters)" if inner > 1 else ""
    return plural(units * inner, "replication") + draws


def _stop(pairs: list[tuple[np.ndarray, np.ndarray]], precision: float) -> tuple[int, str] | None:
    """Where all that is watched is precise enough, or does not vary at all."""
    stops = []
    for values, sizes in pairs:
        told = values[~np.isnan(values)]
        if len(told) == len(values) and not estimates.varies(told):
            stops.append((FIRST + LOOK_AHEAD, "every replication gives the same value"))
        elif stop := reached(values, sizes, precision):
            stops.append((stop.n, stop.why))
        else:
            return None
    return max(stops)


def _by_unit(values: np.ndarray, inner: int) -> np.ndarray:
    """One number for each draw: the mean of its runs that have an answer."""
    if inner == 1:
        return values
    blocks = values.reshape(-1, inner)
    told = ~np.isnan(blocks)
    with np.errstate(invalid="ignore"):
        return np.where(told, blocks, 0.0).sum(axis=1) / told.sum(axis=1)


def _samples(execution: Execution, arms: Sequence[Arm], seed: int, runs: int, inner: int) -> list[Sample]:
    wanted = [[Request(arm.point(seed, i // inner), seed, i) for i in range(runs)] for arm in arms]
    # Run by run, not arm by arm: what an interruption leaves is paired
    execution.make([request for of_a_run in zip(*wanted, strict=True) for request in of_a_run])
    groups = np.arange(runs) // inner if inner > 1 else None
    samples = []
    for arm, requests in zip(arms, wanted, strict=True):
        rows = execution.rows(requests)
        table = pd.DataFrame(np.array([metrics for metrics, _ in rows]), columns=list(NAMES))
        samples.append(Sample(arm, seed, table, np.array([curves for _, curves in rows]), groups))
    return samples


def _warm_up(plan: Plan, samples: Sequence[Sample]) -> WarmUp:
    horizons = {sample.arm.scenario.spec.horizon for sample in samples}
    if len(horizons) > 1:
        raise StudyError("arms of a steady-state study must have the same spec.horizon")
    return long_run.warm_up(plan.warmup, horizons.pop(), [sample.curves for sample in samples])


def _steady(sample: Sample, warm: WarmUp) -> Sample:
    table = pd.DataFrame(long_run.averages(sample.curves, warm), columns=[m.name for m in long_run.METRICS])
    return Sample(sample.arm, sample.seed, table, sample.curves, sample.groups)


def chosen_metric(plan: Plan, arms: Sequence[Arm], asked: str | None) -> str:
    """The metric a study is about.

    Raises:
        StudyError: it has no such metric; the message names the nearest.
    """
    known = plan.metric_info
    if asked is None:
        if not plan.steady:
            return "bad_node_hours"
        return "service_availability" if all(arm.scenario.spec.services for arm in arms) else "node_availability"
    if asked not in known:
        kind = "a steady-state study" if plan.steady else "a study"
        raise StudyError(f"{kind} has no metric {asked!r}{nearest(asked, known)}")
    return asked
