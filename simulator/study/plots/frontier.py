"""The metric against the duration of the rollout: what a safer plan costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.results.metrics import METRICS
from simulator.results.plots.look import BLUE, MUTED, say_only
from simulator.study import estimates
from simulator.study.plots.units import on_axis
from simulator.study.sample import better
from simulator.study.sweeping import frontier, rollout_duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 5.0
#: More names than that would lie on each other.
MOST_NAMES = 12


def draw(study: Any, ax: Axes) -> None:
    """A point for each arm with the interval of its mean; filled and joined are those that no other beats in both."""
    x = np.array([rollout_duration(sample) for sample in study.samples])
    found = [estimates.mean(sample.of(study.metric), sample.groups) for sample in study.samples]
    y = np.array([each.estimate for each in found])
    if np.isnan(x).all() or np.isnan(y).all():
        say_only(ax, "Frontier", "nothing was rolled out")
        return
    best = frontier(x, -better(study.metric) * y)
    half = np.nan_to_num([each.half_width for each in found])
    ax.errorbar(x, y, yerr=half, fmt="none", ecolor=MUTED, elinewidth=1.2)
    ax.plot(x[~best], y[~best], "o", color=MUTED, mfc="white", ms=8)
    order = np.flatnonzero(best)[np.argsort(x[best], kind="stable")]
    ax.plot(x[order], y[order], "o-", color=BLUE, ms=8, lw=1.5)
    named = range(len(x)) if len(x) <= MOST_NAMES else order[:MOST_NAMES]
    for k in named:
        if not np.isnan(x[k] + y[k]):
            ax.annotate(study.samples[k].arm.name, (x[k], y[k]), xytext=(8, 6), textcoords="offset points", fontsize=10)
    convergence = next(metric for metric in METRICS if metric.name == "convergence_max")
    on_axis(ax.xaxis, convergence, "duration of the rollout (commit to the last target reached)")
    on_axis(ax.yaxis, study.info)
    ax.margins(0.12)
    ax.grid()
    ax.set_title(f"{study.info.title} against the duration of the rollout; the line is the frontier")
