"""Two arms that share every draw they do not differ about: their difference, replication by replication."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from simulator.study import estimates
from simulator.study.estimates import Interval

Correction = Literal["holm", "bonferroni", "none"]


@dataclass(frozen=True)
class Paired:
    """The difference of an arm from the baseline in one metric.

    n: pairs in which both have an answer; missing: the others. difference: mean of arm minus baseline with its t
    interval; p: of the paired t test. correlation: within pairs. variance_ratio: variance of the difference of
    independent runs over that of the pairs: how many times fewer replications pairing needs. bound: the largest
    ratio that any pairing of these two samples could have; an arm that removes what varies has no noise to share.
    p_better: probability that the arm is strictly better in a pair; ties: share of pairs without a difference.
    needed: pairs for which t intervals are trustworthy; resolves: pairs that would tell this difference from zero.
    """

    n: int
    missing: int
    difference: Interval
    p: float
    correlation: float
    variance_ratio: float
    bound: float
    p_better: Interval
    ties: float
    needed: int
    resolves: float

    @property
    def undecided(self) -> bool:
        """Whether the interval includes zero, and it is not that all pairs are equal."""
        return self.ties < 1.0 and not (self.difference.low > 0 or self.difference.high < 0)


def paired(
    baseline: np.ndarray,
    arm: np.ndarray,
    sign: int,
    groups: np.ndarray | None = None,
    level: float = estimates.LEVEL,
) -> Paired:
    """Compare two samples, (n,) each, of which the values at one place belong together.

    sign: 1 where more is better, -1 where less is. groups: the draw of the uncertain parameters of each pair.
    """
    from scipy import stats

    both = ~np.isnan(baseline) & ~np.isnan(arm)
    a, b = baseline[both], arm[both]
    groups = None if groups is None else groups[both]
    # What differs by the last digits alone, from sums in another order, does not differ
    d = np.where(np.isclose(a, b, rtol=1e-12, atol=0.0), 0.0, b - a)
    units = estimates.units(d, groups)
    varies = estimates.varies(units)
    difference = estimates.mean(d, groups, level)
    p = float(stats.ttest_1samp(units, 0.0).pvalue) if varies else np.nan
    if len(units) > 1 and not varies:  # the same difference in every pair
        p = 1.0 if units[0] == 0 else 0.0
    spread = float(np.std(units, ddof=1)) if len(units) > 1 else np.nan
    return Paired(
        n=len(d),
        missing=int((~both).sum()),
        difference=difference,
        p=p,
        correlation=_correlation(a, b),
        variance_ratio=_ratio(a, b, d),
        bound=_ratio(a, b, np.sort(b) - np.sort(a)),
        p_better=estimates.probability((np.sign(d) == sign).astype(float), groups),
        ties=float((d == 0).mean()) if len(d) else np.nan,
        needed=estimates.enough(d, groups),
        resolves=_resolves(difference.estimate, spread),
    )


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    if not estimates.varies(a) or not estimates.varies(b):
        return np.nan
    return float(np.corrcoef(a, b)[0, 1])


def _ratio(a: np.ndarray, b: np.ndarray, d: np.ndarray) -> float:
    """Variance of the difference if the two were independent, over its variance in these pairs.

    Both samples sorted are the pairing of least variance there is (Hoeffding 1940): its ratio is the bound."""
    if len(d) < 2:
        return np.nan
    apart = float(np.var(a, ddof=1) + np.var(b, ddof=1))
    together = float(np.var(d, ddof=1))
    if together > 1e-24 * max(apart, 1e-300):
        return apart / together
    return np.inf if apart > 0 else np.nan


def _resolves(difference: float, spread: float) -> float:
    """How many pairs it takes until a 95 % interval around this difference leaves zero out; infinite for none."""
    from scipy import stats

    if not spread > 0:
        return 2.0 if difference else np.inf
    if difference == 0 or np.isnan(difference):
        return np.inf
    n = max(2.0, (1.96 * spread / difference) ** 2)
    for _ in range(20):  # t's quantile depends on n: a fixed point, reached at once but for small n
        n = max(2.0, (stats.t.ppf(0.975, max(n - 1, 1)) * spread / difference) ** 2)
    return float(np.ceil(n))


def adjusted(p: Sequence[float], how: Correction) -> np.ndarray:
    """p values of several comparisons, corrected for their number; NaN stays and does not count."""
    p = np.asarray(p, float)
    told = np.flatnonzero(~np.isnan(p))
    made, m = p.copy(), len(told)
    if how == "bonferroni":
        made[told] = np.minimum(1.0, p[told] * m)
    elif how == "holm":
        order = told[np.argsort(p[told], kind="stable")]
        made[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * (m - np.arange(m))))
    return made
