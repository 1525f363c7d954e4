"""The share of the fleet in trouble over time: median and 80 % band of each arm."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.results.plots.axes import time_axis
from simulator.results.plots.look import legend_beside, say
from simulator.results.words import percent
from simulator.study.observation import BINS
from simulator.study.plots.units import colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 4.6
WORDS = {
    "bad_nodes": "nodes bad",
    "affected_clusters": "clusters affected",
    "services_down": "services (in each cluster) down",
}
#: So many arms can be told apart in one picture.
MOST = 6


def draw(study: Any, ax: Axes, curve: str = "bad_nodes") -> None:
    """A band and a line for each arm, over the part of the run in which anything was bad."""
    from matplotlib.ticker import FuncFormatter

    samples = study.samples[:MOST]
    bands = [np.quantile(sample.curve(curve).astype(float), (0.1, 0.5, 0.9), axis=0) for sample in samples]
    horizon = samples[0].arm.scenario.spec.horizon
    edges = np.linspace(0.0, horizon, BINS + 1)
    begin, end = _window(bands, edges)
    for number, (sample, (low, median, high)) in enumerate(zip(samples, bands, strict=True)):
        ax.stairs(high, edges, baseline=low, fill=True, color=colour(number), alpha=0.18, lw=0)
        ax.stairs(median, edges, baseline=None, color=colour(number), lw=2.2, label=sample.arm.name)
    time_axis(ax, SimpleNamespace(scenario=samples[0].arm.scenario), begin, end)
    top = max(float(high.max()) for _, _, high in bands)
    ax.set_ylim(0, min(1.0, 1.15 * top) if top else 1.0)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: percent(share)))
    ax.set_ylabel(f"share of {WORDS[curve]}")
    ax.grid(axis="y")
    left_out = f" (the first {MOST} of {len(study.samples)} arms)" if len(study.samples) > MOST else ""
    ax.set_title(f"Exposure over time: median and 80 % of {study.n:,} runs{left_out}")
    if not top:
        say(ax, "in nine runs of ten nothing was bad")
    if study.warm is not None and study.warm.seconds > begin:
        ax.axvspan(begin, study.warm.seconds, color="0.5", alpha=0.12, lw=0, label="warm-up, left out")
    legend_beside(ax)


def _window(bands: list[np.ndarray], edges: np.ndarray) -> tuple[float, float]:
    """From a little before to a little after anything was bad; the whole run if that is most of it."""
    bad = np.flatnonzero(np.any([band[2] > 0 for band in bands], axis=0))
    if not len(bad):
        return float(edges[0]), float(edges[-1])
    margin = max(2, len(edges) // 50)
    begin, end = edges[max(0, bad[0] - margin)], edges[min(len(edges) - 1, bad[-1] + 1 + margin)]
    whole = end - begin > 0.7 * edges[-1]
    return (float(edges[0]), float(edges[-1])) if whole else (float(begin), float(end))
