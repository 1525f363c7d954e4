"""Clusters by time: the darker, the larger the share of the cluster's nodes that is bad.

Where no node was bad and something in clusters was down all the same, it shows that.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from simulator.results.plots.axes import focus, time_axis
from simulator.results.plots.look import INK, VERMILION, inches_tall, say
from simulator.results.words import count, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: More rows with a name each than this can't be read.
MOST_NAMES = 60
#: Bins of time: about one for every three pixels of a wide screen.
BINS = 360

#: What the map shows -> its title, what a colour means, and what is said when there is nothing.
WORDS = {
    "nodes": (
        "Bad nodes by cluster: {hit} of {all} had some",
        "share of the cluster's nodes",
        "no cluster had a bad node",
    ),
    "clusters": ("Affected clusters: in {hit} of {all} something was down", "share of the time", ""),
}


def height(run: Any) -> float:
    """Inches, at a width of 12."""
    return max(3.6, 2.0 + 0.2 * len(run.clusters)) if len(run.clusters) <= MOST_NAMES else 8.0


def draw(run: Any, ax: Axes) -> None:
    """Up to 60 clusters have a row with a name each, if the axes are tall enough.

    More are sorted by environment, then by when they first went bad; a row shows the worst of its clusters.
    """
    what = shows(run)
    begin, end = focus(run)
    heat = run.heat(BINS, begin, end, what)
    clusters = run.clusters.set_index("cluster")
    named = len(clusters) <= min(MOST_NAMES, inches_tall(ax) / 0.165)
    groups = [clusters.index] if named else _groups(clusters)
    size = math.ceil(len(heat) / 240)
    parts = [_pool(heat.loc[group].to_numpy(float), size) for group in groups]
    picture = _image(ax, np.vstack(parts), begin, end)
    time_axis(ax, run, begin, end)
    if named:
        ax.set_yticks(np.arange(len(clusters)) + 0.5, list(clusters.index))
    else:
        names = [f"{clusters.loc[group[0], 'environment']}\n{plural(len(group), 'cluster')}" for group in groups]
        _group_labels(ax, names, [len(part) for part in parts])
    ax.spines[["left", "bottom"]].set_visible(False)
    title, label, nothing = WORDS[what]
    hit = int((clusters["bad_node_h" if what == "nodes" else "down_s"] > 0).sum())
    ax.set_title(title.format(hit=count(hit), all=plural(len(clusters), "cluster")))
    _colour_bar(ax, picture, label)
    if not hit:
        say(ax, nothing)


def shows(run: Any) -> Literal["nodes", "clusters"]:
    """What there is to see: bad nodes, or, without any, what was down in clusters."""
    if run.exposure["bad_nodes"].any() or not run.exposure["bad_clusters"].any():
        return "nodes"
    return "clusters"


def _image(ax: Axes, shares: np.ndarray, begin: float, end: float) -> Any:
    """The map itself, on a power scale, because one bad node in a cluster of a hundred should be seen."""
    from matplotlib.colors import LinearSegmentedColormap, PowerNorm

    colours = LinearSegmentedColormap.from_list(
        "bad", ["#F3F6F5", "#FBE6BE", "#F0B43C", "#E17A12", VERMILION, "#8F3300"]
    )
    return ax.imshow(
        shares,
        aspect="auto",
        interpolation="none",
        cmap=colours,
        norm=PowerNorm(0.45, 0, 1),
        origin="upper",
        extent=(begin, end, len(shares), 0),
    )


def _colour_bar(ax: Axes, picture: Any, label: str) -> None:
    """What a colour means, beside the map."""
    bar = ax.figure.colorbar(picture, ax=ax, pad=0.012, fraction=0.035, aspect=8 * inches_tall(ax))
    bar.set_ticks([0, 0.01, 0.1, 0.25, 0.5, 1], labels=["0", "1 %", "10 %", "25 %", "50 %", "100 %"])
    bar.set_label(label)
    bar.ax.tick_params(length=0, labelsize=11)
    bar.outline.set_visible(False)


def _group_labels(ax: Axes, names: list[str], heights: list[int]) -> None:
    """One label for each environment, and a line between two."""
    ends = np.cumsum(heights)
    # A group of two rows still needs the height of a line of text
    room = 18 / max(1.0, inches_tall(ax) * 72) * ends[-1]
    ax.set_yticks(_apart(ends - np.array(heights) / 2, 2 * room), names)
    ax.hlines(ends[:-1], *ax.get_xlim(), color=INK, lw=1)


def _groups(clusters: Any) -> list[Any]:
    """The clusters of each environment, in the order in which they first went bad."""
    first = clusters["first_bad_at"].fillna(math.inf).to_numpy(float)
    ordered = clusters.iloc[np.argsort(first, kind="stable")]
    return [
        ordered.index[(ordered["environment"] == environment).to_numpy()]
        for environment in dict.fromkeys(clusters["environment"])
    ]


def _pool(rows: np.ndarray, size: int) -> np.ndarray:
    """Every `size` rows made one by their largest value: an outage of one cluster must not fade away."""
    return np.maximum.reduceat(rows, np.arange(0, len(rows), size), axis=0)


def _apart(places: np.ndarray, room: float) -> np.ndarray:
    """Places for labels, moved down as far as each needs to stand clear of the one above."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + room) if moved else place)
    return np.array(moved)
