"""`sensitivity`: which fields matter. One at a time (a tornado), and all at once (Morris' screening, by SALib).

One at a time: each field goes to the low and the high end of its range while the others stay as the scenario has them;
the difference from the scenario is paired run by run. Morris: trajectories through the whole space of ranges, each step
an elementary effect of one field; mu_star, their mean size, says how much the field matters, and sigma, their spread,
whether it does so alone (small beside mu_star) or together with others or not in a straight line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from simulator.scenario.document import Scenario
from simulator.scenario.paths import resolve, value_at
from simulator.study import estimates
from simulator.study.arm import Arm, uncertain, written
from simulator.study.errors import StudyError
from simulator.study.paired import Paired, paired
from simulator.study.sample import Sample, better
from simulator.study.study import How, Study
from simulator.study.sweeping import set_to
from simulator.study.vary import Range, range_of, short

Method = Literal["both", "one-at-a-time", "morris"]
#: Levels of each field in Morris' design: 0, 1/3, 2/3 and 1 of its range, as he suggests.
LEVELS = 4
#: Between these quantiles goes a distribution of level uncertain whose range nobody gave.
UNCERTAIN = (0.05, 0.95)


@dataclass(frozen=True)
class Factor:
    """A field that is varied: its path, its range as values a file would write, and what the scenario has."""

    path: str
    low: Any
    high: Any
    between: Range | None
    base: Any

    def at(self, share: float) -> Any:
        """The value so far along the range."""
        if share in (0.0, 1.0) or self.between is None:
            return self.high if share > 0.5 else self.low
        return self.between.at(share)


def sensitivity(
    scenario: Scenario,
    vary: Mapping[str, tuple[Any, Any]] | None = None,
    replications: int | None = 20,
    method: Method = "both",
    trajectories: int = 10,
    **how: Any,
) -> Sensitivity:
    """How much each field of a scenario matters: `{"spec.onCall.decision": ("5m", "1h")}`.

    vary: path -> (low, high); without it the distributions of level `uncertain`, from their 5 % to their 95 % quantile.
    replications: runs of each point, shared by all. trajectories: of Morris' design; it takes trajectories times
    (fields + 1) points. The other keywords are those of `simulator.study.How`.

    Raises:
        StudyError: it can't be made as it was asked for, or a path leads nowhere.
        InvalidScenario: the scenario can't be run with one of the values.
    """
    return screened(scenario, vary, How(replications=replications, **how), method, trajectories)


def screened(
    scenario: Scenario,
    vary: Mapping[str, tuple[Any, Any]] | None,
    how: How,
    method: Method = "both",
    trajectories: int = 10,
    where: str | None = None,
    given: Mapping[str, Any] | None = None,
) -> Sensitivity:
    """A sensitivity study of a scenario that the command line knows as `where`, with settings that were given to it."""
    if method not in ("both", "one-at-a-time", "morris"):
        raise StudyError(f"a method is one of both, one-at-a-time, morris, not {method!r}")
    if trajectories < 2:
        raise StudyError(f"at least 2 trajectories are needed, not {trajectories}")
    factors = [_factor(scenario, path, *ends) for path, ends in _ranges(scenario, vary).items()]
    base = Arm("base", scenario, None, where, given)
    arms = [base]
    if method != "morris":
        arms += [_at(scenario, {f.path: end}, where, given) for f in factors for end in (f.low, f.high)]
    design = _design(factors, trajectories, how.seed) if method != "one-at-a-time" else np.zeros((0, len(factors)))
    for row in design:
        settings = {factor.path: factor.at(share) for factor, share in zip(factors, row, strict=True)}
        arms.append(_at(scenario, settings, where, given))
    gathered, plan, metric = how.gather(f"Screening {scenario.metadata.name}", arms, _watched)
    return Sensitivity(gathered, plan, metric, factors, design, method)


def _ranges(scenario: Scenario, vary: Mapping[str, tuple[Any, Any]] | None) -> dict[str, tuple[Any, Any]]:
    if vary:
        return dict(vary)
    found = {
        path: tuple(written(each, float(each.shape.quantile(np.array([q]))[0])) for q in UNCERTAIN)
        for path, each in uncertain(scenario).items()
    }
    if not found:
        raise StudyError(
            "nothing is varied: write --vary PATH=LOW..HIGH, or give the scenario distributions with level: uncertain"
        )
    return found


def _factor(scenario: Scenario, path: str, low: Any, high: Any) -> Factor:
    set_to(scenario, {path: low})  # a path that leads nowhere is told first
    return Factor(path, low, high, range_of(low, high), _told(value_at(scenario, resolve(scenario, path))))


def _told(value: Any) -> Any:
    """A value without what a map leaves open."""
    if isinstance(value, dict):
        return {key: _told(item) for key, item in value.items() if item is not None}
    return value


def _at(scenario: Scenario, settings: dict[str, Any], where: str | None, given: Mapping[str, Any] | None) -> Arm:
    name = ", ".join(f"{word}={v}" for word, v in zip(short(list(settings)), settings.values(), strict=True))
    return Arm(name, set_to(scenario, settings), settings, where, given)


def _problem(factors: Sequence[Factor]) -> dict[str, Any]:
    """The fields as SALib knows them: shares of their ranges, so that effects can be compared."""
    return {"num_vars": len(factors), "names": [f.path for f in factors], "bounds": [[0.0, 1.0]] * len(factors)}


def _design(factors: Sequence[Factor], trajectories: int, seed: int) -> np.ndarray:
    """Morris' points: (trajectories * (fields + 1), fields), shares of the ranges."""
    from SALib.sample.morris import sample

    return sample(_problem(factors), trajectories, num_levels=LEVELS, seed=seed)


def _watched(metric: str) -> Any:
    def pairs(samples: list[Sample]) -> list[tuple]:
        return [(samples[0].of(metric), samples[0].of(metric))]

    return pairs


class Sensitivity(Study):
    """How much each field matters: `tornado`, `morris`, and all that every study has."""

    kind = "sensitivity"

    def __init__(
        self, gathered: Any, plan: Any, metric: str, factors: list[Factor], design: np.ndarray, method: Method
    ) -> None:
        super().__init__(gathered, plan, metric)
        self.factors, self.design, self.method = factors, design, method

    @cached_property
    def tornado(self) -> pd.DataFrame:
        """A row for each field, the one that matters most first: low, base and high value; at_low, at_high: change of
        the metric's mean from the scenario as it is, with paired intervals (..._from, ..._to); swing: the larger of
        the two in size, or their distance if they go opposite ways."""
        rows = []
        for factor, below, above in self._ends():
            low, high = self._change(below), self._change(above)
            rows.append(
                {
                    "path": factor.path,
                    "low": factor.low,
                    "base": factor.base,
                    "high": factor.high,
                    **{
                        f"at_{end}{suffix}": value
                        for end, found in (("low", low), ("high", high))
                        for suffix, value in (
                            ("", found.difference.estimate),
                            ("_from", found.difference.low),
                            ("_to", found.difference.high),
                        )
                    },
                    "swing": float(np.ptp([0.0, low.difference.estimate, high.difference.estimate])),
                }
            )
        columns = ["path", "low", "base", "high", "at_low", "at_low_from", "at_low_to"]
        columns += ["at_high", "at_high_from", "at_high_to", "swing"]
        return pd.DataFrame(rows, columns=columns).sort_values(
            "swing", ascending=False, kind="stable", ignore_index=True
        )

    def _ends(self) -> list[tuple[Factor, Sample, Sample]]:
        if self.method == "morris":
            return []
        ends = self.samples[1 : 1 + 2 * len(self.factors)]
        return list(zip(self.factors, ends[0::2], ends[1::2], strict=True))

    def _change(self, sample: Sample) -> Paired:
        return paired(self.samples[0].of(self.metric), sample.of(self.metric), better(self.metric), sample.groups)

    @cached_property
    def morris(self) -> pd.DataFrame:
        """A row for each field, the one that matters most first, in units of the metric over its whole range: mu (mean
        effect), mu_star (mean size of it) with its 95 % bootstrap half width, sigma (spread), noise (standard error of
        an effect that the runs leave: less than this says nothing)."""
        if not len(self.design):
            return pd.DataFrame(columns=["path", "mu", "mu_star", "mu_star_half_width", "sigma", "noise"])
        from SALib.analyze import morris

        samples = self.samples[-len(self.design) :]
        means = np.array([estimates.mean(s.of(self.metric), s.groups).estimate for s in samples])
        if np.isnan(means).any():
            raise StudyError(f"{self.metric} has no answer at some points; choose a metric that always has one")
        found = morris.analyze(
            _problem(self.factors), self.design, means, num_levels=LEVELS, seed=self.seed, print_to_console=False
        )
        table = pd.DataFrame(
            {
                "path": [factor.path for factor in self.factors],
                "mu": np.asarray(found["mu"], float),
                "mu_star": np.asarray(found["mu_star"], float),
                "mu_star_half_width": np.asarray(found["mu_star_conf"], float),
                "sigma": np.asarray(found["sigma"], float),
                "noise": self._noise(samples),
            }
        )
        return table.sort_values("mu_star", ascending=False, kind="stable", ignore_index=True)

    def _noise(self, samples: Sequence[Sample]) -> np.ndarray:
        """For each field the root mean square of the standard errors of its elementary effects."""
        squares: list[list[float]] = [[] for _ in self.factors]
        per = len(self.factors) + 1
        for number in range(1, len(samples)):
            if number % per:
                step = self.design[number] - self.design[number - 1]
                which = int(np.argmax(np.abs(step)))
                change = samples[number].of(self.metric) - samples[number - 1].of(self.metric)
                of = estimates.units(change, samples[number].groups)
                squares[which].append(float(np.var(of, ddof=1) / len(of) / step[which] ** 2) if len(of) > 1 else np.nan)
        return np.sqrt([np.mean(each) if each else np.nan for each in squares])

    @property
    def table(self) -> pd.DataFrame:
        """The tornado, or Morris' measures where only those were asked for."""
        return self.morris if self.method == "morris" else self.tornado

    @property
    def warnings(self) -> list[str]:
        """What a reader must know before using the numbers: of the scenario itself, not of every point."""
        found = [w for w in super().warnings if w.startswith("base:")]
        for row in self.morris.itertuples():
            if row.mu_star < 2 * row.noise:
                found.append(f"{row.path}: its effect is lost in the noise of {self.n} runs a point")
        return found

    def document(self) -> dict[str, Any]:
        """The study as plain data: of the many points only the scenario itself is summarised."""
        whole = super().document()
        return {
            **whole,
            "arms": whole["arms"][:1],
            "summary": [row for row in whole["summary"] if row["arm"] == self.arms[0].name],
            "replay": [row for row in whole["replay"] if row["arm"] == self.arms[0].name],
            "method": self.method,
            "points": len(self.samples),
            "tornado": self.tornado.to_dict("records"),
            "morris": self.morris.to_dict("records"),
        }
