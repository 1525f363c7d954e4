"""Morris' measures: the further right, the more a field matters; the higher, the less it does so alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.results.plots.look import BLUE, MUTED, say_only
from simulator.results.words import change_in_words
from simulator.study.plots.units import on_axis
from simulator.study.vary import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 5.0


def draw(study: Any, ax: Axes) -> None:
    """A point for each field with the bootstrap interval of mu_star; the line is where sigma equals mu_star."""
    table = study.morris
    if not len(table):
        say_only(ax, "Morris' screening", "fields were not varied together")
        return
    ax.errorbar(
        table["mu_star"], table["sigma"], xerr=table["mu_star_half_width"], fmt="o", color=BLUE, ms=8, elinewidth=1.4
    )
    for word, row in zip(short(list(table["path"])), table.itertuples(), strict=True):
        ax.annotate(word, (row.mu_star, row.sigma), xytext=(8, 6), textcoords="offset points")
    top = 1.15 * float(np.nanmax([*(table["mu_star"] + table["mu_star_half_width"]), *table["sigma"], 1e-12]))
    ax.plot([0, top], [0, top], color=MUTED, lw=1, ls=(0, (4, 3)), zorder=0)
    ax.set(xlim=(0, top), ylim=(-0.03 * top, top))
    what = f"mu*: mean size of the effect on {study.info.title.lower()}"
    on_axis(ax.xaxis, study.info, what, change_in_words)
    on_axis(ax.yaxis, study.info, "sigma: spread of the effect", change_in_words)
    ax.grid()
    ax.set_title("Which fields matter (Morris): above the line not by themselves")
