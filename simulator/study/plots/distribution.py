"""How a metric is distributed over the runs of each arm: the empirical distribution function, which hides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.results.plots.look import INK, legend_beside, say_only
from simulator.results.words import in_words, percent
from simulator.study.plots.units import colour, on_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 4.2
MOST = 6


def draw(study: Any, ax: Axes, metric: str) -> None:
    """A curve for each arm, with a dot at its median."""
    from matplotlib.ticker import FuncFormatter

    info, drawn = study.metric_info[metric], 0
    for number, sample in enumerate(study.samples[:MOST]):
        values = sample.of(metric)
        values = values[~np.isnan(values)]
        if not len(values):
            continue
        missing = len(sample) - len(values)
        note = f", {missing:,} runs without" if missing else ""
        ax.ecdf(
            values,
            color=colour(number),
            lw=2.2,
            label=f"{sample.arm.name}: {in_words(np.median(values), info.unit)}{note}",
        )
        ax.plot([np.median(values)], [0.5], "o", color=colour(number), ms=8, mec="white", mew=1.2, zorder=5)
        drawn += 1
    if not drawn:
        say_only(ax, info.title, "no run has an answer")
        return
    ax.axhline(0.5, color=INK, lw=0.8, ls=(0, (4, 3)))
    ax.set_ylim(0, 1)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: percent(share)))
    ax.set_ylabel("share of runs at or below")
    on_axis(ax.xaxis, info)
    ax.grid()
    ax.set_title(f"{info.title} over {study.n:,} runs; dots are medians")
    legend_beside(ax)
