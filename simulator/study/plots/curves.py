"""The metric along the values of a sweep: mean with its interval, and the band of 80 % of the runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.results.plots.look import cut_short, legend_beside
from simulator.study.plots.units import colour, on_axis
from simulator.study.vary import number_of, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 4.6


def draw(study: Any, ax: Axes) -> None:
    """A line for each combination of the fields but the first, which runs along the axis in even steps."""
    first, *others = study.paths
    table = study.points
    values = list(dict.fromkeys(map(str, table[first])))
    if all(number is not None for number in map(number_of, values)):
        values.sort(key=number_of)
    place = table[first].map(str).map(values.index).to_numpy()
    words = short(study.paths)
    names = table[others].map(str).agg(", ".join, axis=1) if others else None
    for number, name in enumerate(names.unique() if others else [None]):
        which = np.flatnonzero(names == name) if others else np.arange(len(table))
        which = which[np.argsort(place[which], kind="stable")]
        x, part = place[which], table.iloc[which]
        ax.fill_between(x, part["p10"], part["p90"], color=colour(number), alpha=0.13, lw=0)
        errors = np.abs([part["mean"] - part["low"], part["high"] - part["mean"]])
        label = f"{', '.join(words[1:])}: {name}" if others else None
        ax.errorbar(x, part["mean"], yerr=errors, fmt="o-", color=colour(number), lw=2, capsize=4, label=label)
    ax.set_xticks(range(len(values)), [cut_short(value, 16) for value in values])
    ax.set_xlabel(first)
    on_axis(ax.yaxis, study.info)
    ax.grid(axis="y")
    ax.set_title(f"{study.info.title}: mean with 95 % interval, band of 80 % of {study.n:,} runs")
    if others:
        legend_beside(ax)
