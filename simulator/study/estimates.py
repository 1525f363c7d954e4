"""What replications say of a model: means, probabilities and quantiles, each with its interval.

Values are one number a replication, NaN where a run has no answer; those are left out. `groups`, where parameters are
uncertain, holds the number of the draw for each value: values of one draw hang together, so a mean rests on the
means of the draws, and a probability or a quantile on so many values as their correlation leaves (Kish 1965, Korn and
Graubard 1998).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """An estimate and its confidence interval, in the unit of the values; NaN where there is none."""

    estimate: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half of its width."""
        return (self.high - self.low) / 2.0


@dataclass(frozen=True)
class Variances:
    """Where the spread comes from: noise of the runs, and parameters that are not known (squared units)."""

    run: float
    parameters: float
    runs_a_draw: float

    @property
    def share(self) -> float:
        """The part of the variance of a run that is due to the parameters; the correlation within a draw."""
        total = self.run + self.parameters
        return self.parameters / total if total > 0 else 0.0


def answered(values: np.ndarray, groups: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray | None]:
    """The values that are one, and their groups."""
    values = np.asarray(values, float)
    told = ~np.isnan(values)
    return values[told], None if groups is None else np.asarray(groups)[told]


def varies(values: np.ndarray) -> bool:
    """Whether values differ by more than the last digits, which sums in another order leave."""
    return len(values) > 1 and bool(np.ptp(values) > 1e-12 * np.abs(values).max())


def units(values: np.ndarray, groups: np.ndarray | None = None) -> np.ndarray:
    """What is independent of one another: the values, or the means of their groups in the order of the groups."""
    values, groups = answered(values, groups)
    if groups is None or not len(values):
        return values
    _, which = np.unique(groups, return_inverse=True)
    return np.bincount(which, values) / np.bincount(which)


def mean(values: np.ndarray, groups: np.ndarray | None = None, level: float = LEVEL) -> Interval:
    """The mean and its t interval."""
    from scipy import stats

    values = units(values, groups)
    if not len(values):
        return Interval(np.nan, np.nan, np.nan)
    centre = float(values.mean())
    if len(values) < 2:
        return Interval(centre, np.nan, np.nan)
    half = float(stats.t.ppf((1 + level) / 2, len(values) - 1) * stats.sem(values))
    return Interval(centre, centre - half, centre + half)


def variances(values: np.ndarray, groups: np.ndarray) -> Variances:
    """Variance components of a one-way random-effects model, by the method of moments (Searle et al. 1992).

    An estimate below zero is zero."""
    values, groups = answered(values, groups)
    _, which = np.unique(groups, return_inverse=True)
    sizes = np.bincount(which)
    k, n = len(sizes), len(values)
    if k < 2 or n <= k:
        return Variances(np.nan, np.nan, n / max(k, 1))
    means = np.bincount(which, values) / sizes
    within = float(((values - means[which]) ** 2).sum() / (n - k))
    between = float((sizes * (means - values.mean()) ** 2).sum() / (k - 1))
    size = float((n - (sizes**2).sum() / n) / (k - 1))
    return Variances(within, max(0.0, (between - within) / size), size)


def effective_size(values: np.ndarray, groups: np.ndarray | None) -> int:
    """How many independent values would say as much: all, or fewer where groups hang together; at least 1."""
    values, groups = answered(values, groups)
    if groups is None or len(values) < 2:
        return len(values)
    found = variances(values, groups)
    if np.isnan(found.run):
        return max(1, len(np.unique(groups)))
    return max(1, int(len(values) / (1 + max(0.0, found.runs_a_draw - 1) * found.share)))


def probability(events: np.ndarray, groups: np.ndarray | None = None, level: float = LEVEL) -> Interval:
    """The probability of an event (1.0 or 0.0 a replication): Wilson's interval, and 3/n where there was none.

    Without a single event 95 % confidence ends at 3/n (Hanley and Lippman-Hand 1983: -ln(0.05)/n); the same from
    above where all were events.
    """
    from scipy import stats

    events, groups = answered(events, groups)
    if not len(events):
        return Interval(np.nan, np.nan, np.nan)
    share, n = float(events.mean()), effective_size(events, groups)
    rare = min(1.0, -np.log(1 - level) / n)
    if share == 0.0:
        return Interval(0.0, 0.0, rare)
    if share == 1.0:
        return Interval(1.0, 1.0 - rare, 1.0)
    count = int(round(share * n))
    found = stats.binomtest(count, n).proportion_ci(confidence_level=level, method="wilson")
    return Interval(share, min(share, float(found.low)), max(share, float(found.high)))


def quantile(values: np.ndarray, q: float, groups: np.ndarray | None = None, level: float = LEVEL) -> Interval:
    """A quantile, its interval between two order statistics (Conover 1999); NaN where n is too small for one.

    Where groups hang together the interval is Woodruff's (1952) with the effective number of values.
    """
    from scipy import stats

    values, groups = answered(values, groups)
    if not len(values):
        return Interval(np.nan, np.nan, np.nan)
    estimate = float(np.quantile(values, q))
    if groups is None:
        found = stats.quantile_test(values, q=estimate, p=q).confidence_interval(level)
        return Interval(estimate, float(found.low), float(found.high))
    n = effective_size(values, groups)
    if n < np.log((1 - level) / 2) / np.log(max(q, 1 - q)):
        return Interval(estimate, np.nan, np.nan)
    hit = q * n
    low = stats.beta.ppf((1 - level) / 2, hit, n - hit + 1)
    high = stats.beta.ppf((1 + level) / 2, hit + 1, n - hit)
    return Interval(estimate, float(np.quantile(values, low)), float(np.quantile(values, high)))


def enough(values: np.ndarray, groups: np.ndarray | None = None) -> int:
    """So many values a t interval needs: 10, and where they are skewed 25 times the squared skewness (Cochran 1977)."""
    from scipy import stats

    values = units(values, groups)
    if len(values) < 3 or not varies(values):
        return 10
    skew = float(stats.skew(values))
    return max(10, int(np.ceil(25 * skew**2)))


def noise(values: np.ndarray, groups: np.ndarray, level: float = LEVEL) -> Interval:
    """The mean with the interval that the noise of runs alone leaves, the groups taken as they are."""
    from scipy import stats

    values, groups = answered(values, groups)
    found = variances(values, groups)
    if np.isnan(found.run):
        return Interval(float(values.mean()) if len(values) else np.nan, np.nan, np.nan)
    centre, freedom = float(units(values, groups).mean()), len(values) - len(np.unique(groups))
    half = float(stats.t.ppf((1 + level) / 2, freedom) * np.sqrt(found.run / len(values)))
    return Interval(centre, centre - half, centre + half)
