"""Clusters by time: the darker, the larger the share of the cluster's nodes that is bad."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.results.plots.axes import focus, time_axis
from simulator.results.plots.look import INK, VERMILION, inches_tall, say
from simulator.results.words import count, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: More rows with a name each than this can't be read.
MOST_NAMES = 60
#: So many time bins of the whole run are asked for at most, however small the part that is drawn.
MOST_BINS = 4000


def height(run: Any) -> float:
    """Inches, at a width of 12."""
    return max(3.6, 2.0 + 0.2 * len(run.clusters)) if len(run.clusters) <= MOST_NAMES else 8.0


def draw(run: Any, ax: Axes) -> None:
    """Up to 60 clusters have a row with a name each, if the axes are tall enough.

    More are sorted by environment, then by when they first went bad; each pixel row shows the worst of its clusters.
    """
    begin, end = focus(run)
    horizon = run.scenario.spec.horizon
    heat = run.heat(min(MOST_BINS, math.ceil(360 * horizon / (end - begin))))
    bin_width = horizon / heat.shape[1]
    starts = heat.columns.to_numpy(float)
    inside = (starts + bin_width > begin) & (starts < end)
    clusters = run.clusters.set_index("cluster")
    named = len(clusters) <= min(MOST_NAMES, inches_tall(ax) / 0.165)
    groups = [clusters.index] if named else _groups(clusters)
    size = math.ceil(len(heat) / 240)
    parts = [_pool(heat.loc[group].to_numpy(float)[:, inside], size) for group in groups]
    picture = _image(ax, np.vstack(parts), starts[inside][0], starts[inside][-1] + bin_width)
    time_axis(ax, run, begin, end)
    if named:
        ax.set_yticks(np.arange(len(clusters)) + 0.5, list(clusters.index))
    else:
        names = [f"{clusters.loc[group[0], 'environment']}\n{plural(len(group), 'cluster')}"
                 for group in groups]
        _group_labels(ax, names, [len(part) for part in parts])
    ax.spines[["left", "bottom"]].set_visible(False)
    hit = int((heat.to_numpy(float) > 0).any(axis=1).sum())
    ax.set_title(f"Bad nodes by cluster: {count(hit)} of {plural(len(heat), 'cluster')} had some")
    _colour_bar(ax, picture)
    if not hit:
        say(ax, "no cluster had a bad node")


def _image(ax: Axes, shares: np.ndarray, begin: float, end: float) -> Any:
    """The map itself, on a power scale, because one bad node in a cluster of a hundred should be seen."""
    from matplotlib.colors import LinearSegmentedColormap, PowerNorm

    colours = LinearSegmentedColormap.from_list(
        "bad", ["#F3F6F5", "#FBE6BE", "#F0B43C", "#E17A12", VERMILION, "#8F3300"])
    return ax.imshow(shares, aspect="auto", interpolation="none", cmap=colours, norm=PowerNorm(0.45, 0, 1),
                     origin="upper", extent=(begin, end, len(shares), 0))


def _colour_bar(ax: Axes, picture: Any) -> None:
    """What a colour means, beside the map."""
    bar = ax.figure.colorbar(picture, ax=ax, pad=0.012, fraction=0.035, aspect=8 * inches_tall(ax))
    bar.set_ticks([0, 0.01, 0.1, 0.25, 0.5, 1], labels=["0", "1 %", "10 %", "25 %", "50 %", "100 %"])
    bar.set_label("share of the cluster's nodes")
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
    return [ordered.index[(ordered["environment"] == environment).to_numpy()]
            for environment in dict.fromkeys(clusters["environment"])]


def _pool(rows: np.ndarray, size: int) -> np.ndarray:
    """Every `size` rows made one by their largest value: an outage of one cluster must not fade away."""
    return np.maximum.reduceat(rows, np.arange(0, len(rows), size), axis=0)


def _apart(places: np.ndarray, room: float) -> np.ndarray:
    """Places for labels, moved down as far as each needs to stand clear of the one above."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + room) if moved else place)
    return np.array(moved)
