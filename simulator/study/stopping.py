"""How many replications: a number that is given, or as many as a precision needs.

The rule is that of Hoad, Robinson and Davies (2010): go on until the half width of the interval is small enough
beside the mean, then look ahead, so that a lucky dip does not end the study: it must stay so for five more
replications (for 5 % more, above 100). A cap ends what would never end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.study.errors import StudyError
from simulator.study.estimates import LEVEL

FIRST, LOOK_AHEAD = 10, 5


@dataclass(frozen=True)
class Stop:
    """Where to stop, counted in independent values, and why."""

    n: int
    why: str


@dataclass(frozen=True)
class Rule:
    """Stop at a number of replications, or at a precision (half width over the size of the mean), with a cap.

    Raises:
        StudyError: the numbers make no sense.
    """

    replications: int | None = None
    precision: float | None = None
    metric: str = ""
    cap: int = 1000

    def __post_init__(self) -> None:
        if self.replications is not None and self.precision is not None:
            raise StudyError("give a number of replications or a precision, not both")
        if self.replications is not None and self.replications < 1:
            raise StudyError(f"at least 1 replication is needed, not {self.replications}")
        if self.precision is not None and not 0 < self.precision < 1:
            raise StudyError(f"a precision lies between 0 and 1 (0.05 is 5 % of the mean), not {self.precision:g}")
        if self.cap < FIRST + LOOK_AHEAD:
            raise StudyError(f"the cap is at least {FIRST + LOOK_AHEAD} replications, not {self.cap}")


def look_ahead(n: int) -> int:
    """For how many more values a precision must hold."""
    return LOOK_AHEAD if n <= 100 else LOOK_AHEAD * n // 100


def reached(values: np.ndarray, sizes: np.ndarray, precision: float) -> Stop | None:
    """Where the precision was reached and held, or None; it depends on the values up to there alone.

    values: what the interval is of, in order, (n,); sizes: what it is to be small beside (the values themselves, or
    those of the baseline), (n,). NaN is no answer and counts for nothing.
    """
    halves, beside = _halves(values), np.abs(_running_mean(sizes))
    with np.errstate(invalid="ignore"):
        fine = halves <= precision * beside
    for n in range(FIRST, len(values) + 1):
        more = look_ahead(n)
        if n + more <= len(values) and fine[n - 1 : n + more].all():
            return Stop(n + more, f"the half width was at most {precision:.3g} of the mean at {n} and for {more} more")
    return None


def needed(values: np.ndarray, sizes: np.ndarray, precision: float) -> int:
    """A guess at how many values the precision will take, from those at hand."""
    half, beside = _halves(values)[-1], abs(_running_mean(sizes)[-1])
    if not beside > 0 or not half > 0:
        return 2 * len(values)
    n = int(np.ceil(len(values) * (half / (precision * beside)) ** 2))
    return n + look_ahead(n)


def _halves(values: np.ndarray) -> np.ndarray:
    """The half width of the t interval of the first 1, 2, ... values; infinite for fewer than two answers."""
    from scipy import stats

    told = ~np.isnan(values)
    first = values[told][0] if told.any() else 0.0  # shifted: sums of squares of large numbers lose their digits
    filled = np.where(told, values - first, 0.0)
    n = np.cumsum(told)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.maximum(np.cumsum(filled**2) - np.cumsum(filled) ** 2 / n, 0.0) / (n - 1)
        half = stats.t.ppf((1 + LEVEL) / 2, n - 1) * np.sqrt(variance / n)
    return np.where(n >= 2, half, np.inf)


def _running_mean(values: np.ndarray) -> np.ndarray:
    told = ~np.isnan(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.cumsum(np.where(told, values, 0.0)) / np.cumsum(told)
