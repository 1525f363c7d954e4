"""`compare`: two variants or more, paired run by run."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import cached_property
from typing import Any, get_args

import numpy as np
import pandas as pd
import yaml

from simulator.results.words import plural
from simulator.scenario.document import Scenario
from simulator.study.arm import Arm
from simulator.study.errors import StudyError
from simulator.study.estimates import LEVEL
from simulator.study.paired import Correction, Paired, adjusted, paired
from simulator.study.sample import Sample, better
from simulator.study.study import How, Study


def compare(
    *scenarios: Scenario,
    replications: int | None = None,
    correction: Correction = "holm",
    names: Sequence[str] | None = None,
    **how: Any,
) -> Comparison:
    """Compare scenarios with the first of them, paired: run i of each shares every draw it does not differ about.

    replications: runs of each (default 100), or `precision=0.05`: as many as make each difference known to 5 % of the
    baseline's mean. correction: of p values and intervals for the number of comparisons. names: of the arms;
    default: those of the variants. The other keywords are those of `simulator.study.How`.

    Raises:
        StudyError: it can't be made as it was asked for.
        InvalidScenario: a scenario can't be run.
    """
    if names is None:
        names = _names(scenarios)
    elif len(names) != len(scenarios) or len(set(names)) < len(names):
        raise StudyError(f"{plural(len(scenarios), 'scenario')} need as many names, each of them once")
    arms = [Arm(name, scenario) for name, scenario in zip(names, scenarios, strict=True)]
    return compared(arms, How(replications=replications, **how), correction)


def _names(scenarios: Sequence[Scenario]) -> list[str]:
    """The variants' names; that of the scenario, or a number with it, where one stands already."""
    names: list[str] = []
    for scenario in scenarios:
        name = scenario.variant_name or "base"
        if name in names and scenario.metadata.name not in names:
            name = scenario.metadata.name
        names.append(name if name not in names else f"{name} ({len(names) + 1})")
    return names


def compared(arms: Sequence[Arm], how: How, correction: Correction = "holm") -> Comparison:
    """A comparison of arms with the first of them."""
    if len(arms) < 2:
        raise StudyError("a comparison needs at least two variants")
    if correction not in get_args(Correction):
        raise StudyError(f"a correction is one of {', '.join(get_args(Correction))}, not {correction!r}")
    digests: dict[str, str] = {}
    for arm in arms:
        if other := digests.get(arm.scenario.digest()):
            raise StudyError(f"{other} and {arm.name} are the same scenario: there is nothing to compare")
        digests[arm.scenario.digest()] = arm.name
    title = f"Comparing {' and '.join(arm.name for arm in arms)}"
    gathered, plan, metric = how.gather(title, arms, _watched)
    return Comparison(gathered, plan, metric, correction)


def _watched(metric: str) -> Any:
    def pairs(samples: list[Sample]) -> list[tuple]:
        first = samples[0].of(metric)
        return [(other.of(metric) - first, first) for other in samples[1:]]

    return pairs


class Comparison(Study):
    """Arms compared with the first, pair by pair: `differences`, and all that every study has."""

    kind = "compare"

    def __init__(self, gathered: Any, plan: Any, metric: str, correction: Correction) -> None:
        super().__init__(gathered, plan, metric)
        self.correction = correction

    @property
    def baseline(self) -> Sample:
        """What the others are compared with."""
        return self.samples[0]

    @property
    def level(self) -> float:
        """The level of each interval: with several comparisons all of them hold at once with 95 % (Bonferroni)."""
        others = len(self.samples) - 1
        return LEVEL if self.correction == "none" else 1 - (1 - LEVEL) / others

    def paired(self, arm: str, metric: str | None = None) -> Paired:
        """The difference of an arm from the baseline in a metric."""
        metric = metric or self.metric
        sample = self.sample(arm)
        return paired(self.baseline.of(metric), sample.of(metric), better(metric), sample.groups, self.level)

    @cached_property
    def differences(self) -> pd.DataFrame:
        """A row for each metric with an answer and each arm but the baseline.

        baseline, value: means over all runs with an answer; difference: mean over pairs in which both have one, with
        its interval (low, high); p, p_adjusted: paired t test, and corrected for the number of arms; correlation,
        variance_ratio and its upper bound; p_better with Wilson's interval, ties; n pairs, missing: pairs without an
        answer; needed: pairs that the t interval asks for; resolves: pairs that would tell the difference from zero.
        """
        rows = []
        for name, info in self.metric_info.items():
            of_metric = []
            for sample in self.samples[1:]:
                found = self.paired(sample.arm.name, name)
                if found.n:
                    of_metric.append(
                        {
                            "metric": name,
                            "unit": info.unit,
                            "arm": sample.arm.name,
                            "baseline": float(np.nanmean(self.baseline.of(name))),
                            "value": float(np.nanmean(sample.of(name))),
                            "difference": found.difference.estimate,
                            "low": found.difference.low,
                            "high": found.difference.high,
                            "p": found.p,
                            "p_adjusted": np.nan,
                            "correlation": found.correlation,
                            "variance_ratio": found.variance_ratio,
                            "variance_ratio_bound": found.bound,
                            "p_better": found.p_better.estimate,
                            "p_better_low": found.p_better.low,
                            "p_better_high": found.p_better.high,
                            "ties": found.ties,
                            "n": found.n,
                            "missing": found.missing,
                            "needed": found.needed,
                            "resolves": found.resolves,
                        }
                    )
            for row, p in zip(of_metric, adjusted([r["p"] for r in of_metric], self.correction), strict=True):
                row["p_adjusted"] = float(p)
            rows += of_metric
        return pd.DataFrame(rows)

    @property
    def table(self) -> pd.DataFrame:
        """The differences, without the columns for specialists."""
        return self.differences.drop(columns=["p", "needed", "resolves", "missing"], errors="ignore")

    @property
    def warnings(self) -> list[str]:
        """What a reader must know before using the differences."""
        found = []
        for sample in self.samples[1:]:
            name, pair = sample.arm.name, self.paired(sample.arm.name)
            if not pair.n:
                found.append(f"{name}: no pair of runs has an answer for {self.metric}")
                continue
            if pair.ties == 1.0:
                found.append(f"{name}: {self.metric} is the same as in {self.baseline.arm.name} in every run")
            elif np.isnan(pair.difference.low):
                found.append(f"{name}: one pair says nothing about the interval of a difference; ask for more")
            elif pair.undecided:
                more = (
                    f"; about {pair.resolves:,.0f} pairs would tell this difference from zero"
                    if np.isfinite(pair.resolves)
                    else ""
                )
                found.append(f"{name}: the interval of the difference in {self.metric} includes zero{more}")
            independent = len(np.unique(sample.groups)) if sample.groups is not None else pair.n
            if independent < pair.needed and pair.ties < 1.0:
                kind = "draw" if sample.groups is not None else "pair"
                found.append(
                    f"{name}: {plural(independent, kind)} are few for this interval (the differences are skewed or n "
                    f"is small; about {pair.needed:,} are needed)"
                )
            if pair.missing:
                found.append(
                    f"{name}: in {pair.missing:,} of {pair.missing + pair.n:,} pairs one has no answer for "
                    f"{self.metric}; the difference is that of the others"
                )
        return found

    def changes(self, arm: str) -> str:
        """What an arm changes in the baseline, as a difference of their YAML."""
        return yaml_difference(self.baseline.arm, self.sample(arm).arm)

    def document(self) -> dict[str, Any]:
        """The study as plain data."""
        return {
            **super().document(),
            "correction": self.correction,
            "level": self.level,
            "differences": self.differences.to_dict("records"),
            "changes": {sample.arm.name: self.changes(sample.arm.name) for sample in self.samples[1:]},
        }


def yaml_difference(first: Arm, second: Arm) -> str:
    """A unified difference of two scenarios' specs as YAML, with three lines around each change."""
    texts = [
        yaml.safe_dump({"spec": arm.scenario.to_data()["spec"]}, sort_keys=False, allow_unicode=True, width=110)
        for arm in (first, second)
    ]
    return "\n".join(
        difflib.unified_diff(*(text.splitlines() for text in texts), first.name, second.name, lineterm="", n=3)
    )
