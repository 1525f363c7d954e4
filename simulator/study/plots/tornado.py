"""A tornado: what each field does by itself, the one that matters most on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.results.plots.look import BLUE, INK, VERMILION, legend_beside, say_only
from simulator.results.words import change_in_words
from simulator.study.plots.units import on_axis
from simulator.study.vary import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 5.0
MOST = 15


def draw(study: Any, ax: Axes) -> None:
    """Two bars for each field, to its low and its high end, with the intervals of the paired differences."""
    table = study.tornado.head(MOST)
    if not len(table):
        say_only(ax, "Tornado", "fields were not varied one at a time")
        return
    words = short(list(table["path"]))
    for row, item in enumerate(table.itertuples()):
        for end, colour in (("low", BLUE), ("high", VERMILION)):
            change, since, until = (getattr(item, f"at_{end}{suffix}") for suffix in ("", "_from", "_to"))
            y = row + (-0.2 if end == "low" else 0.2)
            ax.barh(y, change, 0.38, color=colour, alpha=0.8, label=f"{end} end" if not row else None)
            ax.plot([since, until], [y, y], color=INK, lw=1.4)
    ax.axvline(0, color=INK, lw=1.2)
    ax.set_yticks(
        range(len(table)), [f"{w}\n{r.low} to {r.high}" for w, r in zip(words, table.itertuples(), strict=True)]
    )
    ax.invert_yaxis()
    what = f"change of {study.info.title.lower()} from the scenario as it is"
    on_axis(ax.xaxis, study.info, what, change_in_words)
    ax.grid(axis="x")
    ax.set_title(f"What each field does by itself ({study.n:,} runs a point; lines are 95 % intervals)")
    legend_beside(ax)
