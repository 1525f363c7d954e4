"""Studies of the long run: time averages after a warm-up.

A run starts with everything well, which is not how a fleet is found on any other day. So the beginning is left out,
for as long as it takes: as long as it is told, or as MSER-5 finds (White 1997): the cut that makes the standard error
of what remains least, over the mean of all replications, in batches of five bins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.results.metrics import Metric
from simulator.results.words import duration
from simulator.study.errors import StudyError
from simulator.study.observation import BINS

BATCH = 5

#: Time averages, one for each curve: availability is one less the share that was in trouble.
METRICS = tuple(
    Metric(name, "share", title, f"Mean over time, after the warm-up, of the share of {of}.", lambda _: np.nan)
    for name, title, of in (
        ("node_availability", "Node availability", "nodes that were not bad"),
        ("cluster_availability", "Cluster availability", "clusters that were not affected"),
        ("service_availability", "Service availability", "services (in each cluster) that were up"),
    )
)


@dataclass(frozen=True)
class WarmUp:
    """How much of each run is left out: bins of BINS, and how that was chosen."""

    bins: int
    horizon: float
    chosen: bool

    @property
    def seconds(self) -> float:
        """Its length, s."""
        return self.bins * self.horizon / BINS

    def __str__(self) -> str:
        how = "chosen by MSER-5" if self.chosen else "as asked for"
        return (
            f"Steady state: runs start with everything well, and the first {duration(self.seconds)} of each "
            f"({how}) are left out; {duration(self.horizon - self.seconds)} remain."
        )


def warm_up(asked: float | None, horizon: float, curves: Sequence[np.ndarray]) -> WarmUp:
    """The warm-up: so many seconds as asked for, rounded up to a bin, or as the curves (n, 3, BINS) need.

    Raises:
        StudyError: there is nothing, or too little, left after it.
    """
    if asked is not None:
        bins = int(np.ceil(asked / horizon * BINS - 1e-9))
        if bins >= BINS:
            raise StudyError(
                f"a warm-up of {duration(asked)} leaves nothing of a run of {duration(horizon)}; make spec.horizon "
                "longer"
            )
        return WarmUp(bins, horizon, False)
    means = [np.mean(each[:, k], axis=0, dtype=float) for each in curves for k in range(each.shape[1])]
    bins = max((mser(mean) for mean in means if not np.isnan(mean).any()), default=0)
    if bins >= BINS // 2 - BATCH:
        raise StudyError(
            f"no steady state is reached within {duration(horizon)}: the warm-up would be half of the run; make "
            "spec.horizon longer, give --warmup, or study it as terminating"
        )
    return WarmUp(bins, horizon, True)


def mser(curve: np.ndarray, batch: int = BATCH) -> int:
    """How many points of a curve to leave out, at most half, by the marginal standard error rule."""
    means = curve[: len(curve) // batch * batch].reshape(-1, batch).mean(axis=1)
    m = len(means)
    errors = [np.var(means[d:]) / (m - d) for d in range(m // 2 + 1)]
    return int(np.argmin(errors)) * batch


def averages(curves: np.ndarray, warm: WarmUp) -> np.ndarray:
    """The metrics above, (n, 3), of curves (n, 3, BINS)."""
    return 1.0 - np.mean(curves[:, :, warm.bins :], axis=2, dtype=float)
