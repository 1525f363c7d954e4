"""The share of the nodes and of the clusters that are bad, over time, with both peaks marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.results.plots.axes import focus, mark_detections, time_axis, times_of
from simulator.results.plots.curves import steps
from simulator.results.plots.look import BLUE, VERMILION, legend_beside, say
from simulator.results.words import clock, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def height(run: Any) -> float:
    """Inches, at a width of 12."""
    return 4.4


def draw(run: Any, ax: Axes) -> None:
    """Both curves, on an axis that ends a little above the higher peak."""
    from matplotlib.ticker import FuncFormatter

    begin, end = focus(run)
    peaks = _curves(run, ax, begin, end)
    time_axis(ax, run, begin, end)
    highest = max(peaks.values())
    ax.set_ylim(0, min(1.0, 1.3 * highest) if 0 < highest < 0.9 else 1.14)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: percent(share)))
    ax.set_yticks([t for t in ax.get_yticks() if 0 <= t <= min(1.0, ax.get_ylim()[1])])
    ax.grid(axis="y")
    ax.set_ylabel("share of the fleet")
    if not highest:
        ax.set_title("Blast radius: nothing was bad")
        say(ax, "no node and no cluster was bad")
        return
    ax.set_title(
        f"Blast radius: at worst {percent(peaks['bad_nodes'])} of the nodes, "
        f"{percent(peaks['bad_clusters'])} of the clusters"
    )
    for column, colour in (("bad_nodes", VERMILION), ("bad_clusters", BLUE)):
        # Two labels at the same height would lie on each other
        if column == "bad_nodes" or peaks[column] > peaks["bad_nodes"] + 0.12 * ax.get_ylim()[1]:
            _mark_peak(run, ax, column, colour)
    mark_detections(ax, run, begin, end)
    legend_beside(ax)


def _curves(run: Any, ax: Axes, begin: float, end: float) -> dict[str, float]:
    """Draw the two curves; returns the highest value of each."""
    peaks = {}
    for column, colour, line, label in (
        ("bad_clusters", BLUE, (0, (5, 1.5)), "bad clusters"),
        ("bad_nodes", VERMILION, "-", "bad nodes"),
    ):
        edges, share = steps(times_of(run.exposure), run.exposure[column], begin, end)
        pen = {"ls": line, "lw": 2.2} if len(share) < 500 else {"ls": "-", "lw": 1.3}
        ax.stairs(share, edges, baseline=None, color=colour, label=label, zorder=4, **pen)
        peaks[column] = share.max()
        if column == "bad_nodes":
            ax.stairs(share, edges, fill=True, color=colour, alpha=0.13, lw=0)
    return peaks


def _mark_peak(run: Any, ax: Axes, column: str, colour: str) -> None:
    """A dot where the curve is highest for the first time, with the value and the clock."""
    share = run.exposure[column].to_numpy(float)
    peak = int(share.argmax())
    if not share[peak]:
        return
    spec, at = run.scenario.spec, times_of(run.exposure)[peak]
    begin, end = ax.get_xlim()
    right = at > begin + 0.7 * (end - begin)
    ax.plot([at], [share[peak]], "o", color=colour, ms=8, mec="white", mew=1.2, zorder=6, clip_on=False)
    ax.annotate(
        f"{percent(share[peak])} at {clock(spec.start, at, day=spec.horizon > 86400)}",
        (at, share[peak]),
        xytext=(-9 if right else 9, 8),
        textcoords="offset points",
        ha="right" if right else "left",
        color=colour,
        fontweight="bold",
        zorder=6,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 1},
    )
