"""The difference of each arm from the baseline: every pair of runs, their mean and its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.results.plots.look import INK, MUTED, cut_short, say_only
from simulator.results.words import between, change_in_words
from simulator.study.plots.units import colour, on_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 4.2
#: So many pairs are drawn as dots; the interval is of all.
MOST_DOTS = 500
#: So many are drawn large.
FEW = 50


def draw(study: Any, ax: Axes) -> None:
    """A row of dots for each arm, and a bar with the interval above them."""
    info, others = study.info, study.samples[1:]
    if not others:
        say_only(ax, "Difference", "there is only one arm")
        return
    for row, sample in enumerate(others):
        pair = study.paired(sample.arm.name)
        d = (sample.of(study.metric) - study.baseline.of(study.metric))[:MOST_DOTS]
        # Spread by the golden ratio: even, and the same each time
        heights = row + 0.3 * ((np.arange(len(d)) * 0.6180339887) % 1.0 - 0.5) + 0.15
        few = len(d) <= FEW
        ax.plot(d, heights, ".", color=colour(row + 1), alpha=0.6 if few else 0.35, ms=11 if few else 6, zorder=2)
        found = pair.difference
        ax.plot([found.low, found.high], [row - 0.2] * 2, color=colour(row + 1), lw=5, solid_capstyle="butt", zorder=4)
        ax.plot([found.estimate], [row - 0.2], "D", color=colour(row + 1), mec="white", ms=9, zorder=5)
        if np.isfinite(found.half_width):
            interval = between(found.low, found.high, info.unit, change_in_words)
            text = f"{change_in_words(found.estimate, info.unit)} ({interval})"
            ax.annotate(text, (found.estimate, row - 0.2), xytext=(0, 9), textcoords="offset points", ha="center")
    ax.axvline(0, color=INK, lw=1.2, ls=(0, (4, 3)), zorder=1)
    ax.set_yticks(range(len(others)), [cut_short(sample.arm.name) for sample in others])
    ax.set_ylim(len(others) - 0.4, -0.65)
    ax.margins(x=0.08)
    what = f"difference from {study.baseline.arm.name} in {info.title.lower()}"
    on_axis(ax.xaxis, info, what, change_in_words)
    ax.xaxis.label.set_color(MUTED)
    ax.grid(axis="x")
    level = f"{100 * study.level:.4g} %"
    ax.set_title(f"Difference in {study.n:,} pairs of runs; the bar is the {level} interval of the mean")
