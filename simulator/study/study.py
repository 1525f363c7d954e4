"""What all studies have: samples of some arms, a metric they are about, and what must be said beside every number."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from simulator.results.metrics import Metric
from simulator.results.words import duration, percent, plural
from simulator.study import estimates
from simulator.study.arm import Arm
from simulator.study.errors import StudyError
from simulator.study.execution import Execution
from simulator.study.fingerprint import version
from simulator.study.progress import Progress, bar
from simulator.study.sample import INNER, Gathered, Plan, Sample, Watched, chosen_metric, gather
from simulator.study.stopping import Rule

#: Quantiles of a run that every summary has.
QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class How:
    """How a study is made; every kind of study takes the same.

    replications: runs of each arm (default 100), or precision: as many as make the half width of the 95 % interval
    at most this share of the mean (of the baseline's, in a comparison), up to cap. metric: what the precision and the
    pictures are about. seed: of all random numbers. steady: a steady-state study, warmup: what it leaves out ("5d" or
    seconds; None: as MSER-5 finds). inner: runs that share a draw of uncertain parameters. jobs: processes, None for
    all cores; dask: address of a scheduler instead. store: folder for finished runs, None for the user's cache, False
    for none. progress: told (done, total); None: a bar where somebody watches.
    """

    replications: int | None = None
    precision: float | None = None
    metric: str | None = None
    cap: int = 1000
    seed: int = 1
    steady: bool = False
    warmup: float | str | None = None
    inner: int = INNER
    jobs: int | None = None
    dask: str | None = None
    store: str | os.PathLike | bool | None = None
    progress: Progress | None = None

    def plan(self) -> Plan:
        """How samples are taken. Raises StudyError."""
        warmup = self.warmup
        if isinstance(warmup, str):
            from simulator.facts.durations import parse_duration

            try:
                warmup = parse_duration(warmup)
            except ValueError as error:
                raise StudyError(f"warm-up: {error}") from None
        rule = Rule(self.replications, self.precision, cap=self.cap)
        return Plan(rule, self.seed, self.steady or warmup is not None, warmup, self.inner)

    def gather(self, title: str, arms: Sequence[Arm], watched: Callable[[str], Watched]) -> tuple[Gathered, Plan, str]:
        """Samples of the arms, the plan they follow, and the metric they are about."""
        plan = self.plan()
        metric = chosen_metric(plan, arms, self.metric)
        with (
            bar(title) as progress,
            Execution(self.jobs, self.dask, self.store, self.progress or progress) as execution,
        ):
            return gather(execution, arms, plan, watched(metric)), plan, metric


class Study:
    """The base of what studies return."""

    kind = "study"

    def __init__(self, gathered: Gathered, plan: Plan, metric: str) -> None:
        self.samples, self.stopped, self.warm, self.inner = (
            gathered.samples,
            gathered.stopped,
            gathered.warm,
            gathered.inner,
        )
        self.plan, self.metric, self.seed = plan, metric, plan.seed

    # --- what was made ------------------------------------------------------------------------------------

    @property
    def arms(self) -> list[Arm]:
        """What was studied."""
        return [sample.arm for sample in self.samples]

    @property
    def n(self) -> int:
        """Runs of each arm."""
        return len(self.samples[0])

    @property
    def metric_info(self) -> dict[str, Metric]:
        """The metrics by name, with unit, title and definition."""
        return self.plan.metric_info

    @property
    def info(self) -> Metric:
        """The metric the study is about."""
        return self.metric_info[self.metric]

    @cached_property
    def runs(self) -> pd.DataFrame:
        """Every run: arm, draw of the uncertain parameters, seed, replication, and each metric (NaN: no answer)."""
        parts = []
        for sample in self.samples:
            n = len(sample)
            draws = np.zeros(n, np.int64) if sample.groups is None else sample.groups
            head = pd.DataFrame(
                {"arm": sample.arm.name, "draw": draws, "seed": self.seed, "replication": np.arange(n, dtype=np.int64)}
            )
            parts.append(pd.concat([head, sample.metrics.reset_index(drop=True)], axis=1))
        return pd.concat(parts, ignore_index=True)

    @cached_property
    def draws(self) -> pd.DataFrame:
        """The draws of the uncertain parameters: a row for each arm and draw, a column for each path."""
        rows = [
            {"arm": s.arm.name, "draw": draw, **s.arm.point(self.seed, draw).values}
            for s in self.samples
            for draw in (np.unique(s.groups).tolist() if s.groups is not None else [])
            if s.arm.uncertain
        ]
        return pd.DataFrame(rows, columns=None if rows else ["arm", "draw"])

    def sample(self, arm: str) -> Sample:
        """The runs of an arm. Raises KeyError."""
        for sample in self.samples:
            if sample.arm.name == arm:
                return sample
        raise KeyError(f"no arm {arm!r}; there are {', '.join(a.name for a in self.arms)}")

    # --- what it says -------------------------------------------------------------------------------------

    @cached_property
    def summary(self) -> pd.DataFrame:
        """A row for each arm and metric that has an answer.

        n: runs with an answer; mean with its t interval (mean_low, mean_high); sd of a run; p10, median and p90 with
        intervals (..._low, ..._high) between order statistics; where parameters are uncertain also run_sd (noise of a
        run), parameter_sd, parameter_share (of the variance), and noise_low, noise_high: the interval of the mean for
        the parameters as they were drawn, that more runs would narrow.
        """
        rows = [
            {"arm": sample.arm.name, "metric": name, "unit": info.unit, **summarised(sample.of(name), sample.groups)}
            for sample in self.samples
            for name, info in self.metric_info.items()
            if not np.isnan(sample.of(name)).all()
        ]
        return pd.DataFrame(rows)

    def probability(self, metric: str, above: float = 0.0) -> pd.DataFrame:
        """The probability that a metric of a run is above a value, for each arm: estimate, low, high (Wilson; 3/n
        where it never was). A run without an answer counts as not above."""
        if metric not in self.metric_info:
            from simulator.scenario.errors import nearest

            raise StudyError(f"there is no metric {metric!r}{nearest(metric, self.metric_info)}")
        rows = []
        for sample in self.samples:
            with np.errstate(invalid="ignore"):
                found = estimates.probability((sample.of(metric) > above).astype(float), sample.groups)
            rows.append({"arm": sample.arm.name, "probability": found.estimate, "low": found.low, "high": found.high})
        return pd.DataFrame(rows)

    @property
    def replay(self) -> pd.DataFrame:
        """A typical run and one from the middle of the worst 5 %, by the metric in the first arm: which, replication,
        arm, value, command."""
        rows = []
        for which, share in (("typical", 0.5), ("worst 5 %", 0.975)):
            run = self.samples[0].near(self.metric, share)
            rows += [
                {
                    "which": which,
                    "replication": run,
                    "arm": sample.arm.name,
                    "value": sample.of(self.metric)[run],
                    "command": sample.command(run),
                }
                for sample in self.samples
                if run >= 0
            ]
        return pd.DataFrame(rows, columns=["which", "replication", "arm", "value", "command"])

    @property
    def horizon_words(self) -> str:
        """Whether the study is terminating or steady-state, as a sentence."""
        if self.warm is not None:
            return str(self.warm)
        horizon = duration(self.arms[0].scenario.spec.horizon)
        return f"Terminating: each run goes from the start, with everything well, to the horizon ({horizon})."

    @property
    def parameter_words(self) -> str:
        """What part of the spread is uncertainty of parameters, as a sentence; empty where none are uncertain."""
        sample = next((s for s in self.samples if s.arm.uncertain), None)
        if sample is None:
            return ""
        found = estimates.variances(sample.of(self.metric), sample.groups)
        names = ", ".join(sample.arm.uncertain)
        draws = len(np.unique(sample.groups))
        told = (
            "two draws with an answer each are needed to tell it from the noise of runs"
            if np.isnan(found.run)
            else f"{percent(found.share)} of the variance of {self.info.title.lower()} comes from them, "
            f"{percent(1 - found.share)} is noise of the runs"
        )
        return f"Uncertain parameters ({names}): {draws} draws, {self.inner} runs each; {told}."

    @property
    def warnings(self) -> list[str]:
        """What a reader must know before using the numbers."""
        found = []
        for sample in self.samples:
            n = len(estimates.units(sample.of(self.metric), sample.groups))
            wanted = estimates.enough(sample.of(self.metric), sample.groups)
            if n < wanted:
                kind = "draw" if sample.groups is not None else "replication"
                found.append(
                    f"{sample.arm.name}: {plural(n, kind)} are few for the interval of the mean of {self.metric} "
                    f"(its distribution is skewed or n small; about {wanted:,} are needed)"
                )
        return found

    # --- how it shows itself --------------------------------------------------------------------------------

    def document(self) -> dict[str, Any]:
        """The study as plain data, without anything that depends on when or where it was computed."""
        return {
            "study": self.kind,
            "scenario": self.arms[0].scenario.metadata.name,
            "version": version(),
            "seed": self.seed,
            "metric": self.metric,
            "replications": self.n,
            "stopped": self.stopped,
            "horizon": self.horizon_words,
            "uncertain": self.parameter_words or None,
            "arms": [
                {
                    "name": arm.name,
                    "variant": arm.scenario.variant_name,
                    "settings": {**arm.given, **arm.settings},
                    "digest": arm.scenario.digest(),
                }
                for arm in self.arms
            ],
            "summary": self.summary.to_dict("records"),
            "draws": self.draws.to_dict("records"),
            "replay": self.replay.to_dict("records"),
            "warnings": self.warnings,
        }

    @cached_property
    def plot(self):
        """Pictures: `study.plot.exposure()` and others."""
        from simulator.study.plots import Plots

        return Plots(self)

    @property
    def sentences(self) -> list[str]:
        """What the study says, in words."""
        return [
            self.stopped[0].upper() + self.stopped[1:] + ".",
            self.horizon_words,
            *filter(None, [self.parameter_words]),
        ]

    @property
    def table(self) -> pd.DataFrame:
        """The table that answers the question."""
        return self.summary

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.arms[0].scenario.metadata.name}: {self.stopped}>"

    def _repr_html_(self) -> str:
        """Title, sentences and the table, for notebooks."""
        from html import escape

        lines = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.sentences)
        warned = "".join(f"<p><b>Warning:</b> {escape(warning)}</p>" for warning in self.warnings)
        title = escape(self.arms[0].scenario.title)
        return f"<h3>{title}</h3>{lines}{warned}{self.table.to_html(index=False, float_format='{:.5g}'.format)}"


def summarised(values: np.ndarray, groups: np.ndarray | None) -> dict[str, float]:
    """The columns of the summary for one metric of one arm."""
    told, kept = estimates.answered(values, groups)
    centre = estimates.mean(values, groups)
    row: dict[str, float] = {
        "n": len(told),
        "mean": centre.estimate,
        "mean_low": centre.low,
        "mean_high": centre.high,
        "sd": float(np.std(told, ddof=1)) if len(told) > 1 else np.nan,
    }
    for q in QUANTILES:
        name = "median" if q == 0.5 else f"p{round(100 * q)}"
        found = estimates.quantile(told, q, kept)
        row |= {name: found.estimate, f"{name}_low": found.low, f"{name}_high": found.high}
    if groups is not None:
        parts = estimates.variances(told, kept)
        noise = estimates.noise(told, kept)
        row |= {
            "run_sd": float(np.sqrt(parts.run)),
            "parameter_sd": float(np.sqrt(parts.parameters)),
            "parameter_share": parts.share if not np.isnan(parts.run) else np.nan,
            "noise_low": noise.low,
            "noise_high": noise.high,
        }
    return row
