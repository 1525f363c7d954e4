"""Pictures of a study, drawn with matplotlib: `comparison.plot.difference()`, `sweep.plot.frontier()`.

- exposure: over time, median and 80 % band of each arm; distribution: of a metric over runs; difference: of each arm
  from the baseline, with intervals; tornado and screening: which fields matter; curves, frontier: of a sweep.
- units: values on axes and in titles.

The look is that of the pictures of a run. matplotlib is imported when something is drawn, not before.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

from simulator.results.plots import style
from simulator.study.plots import curves, difference, distribution, exposure, frontier, screening, tornado

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Plots:
    """The pictures of a study. Each method draws on `ax`, or on a new figure, and returns the axes."""

    def __init__(self, study: Any) -> None:
        self._study = study

    def exposure(self, ax: Axes | None = None, curve: str = "bad_nodes") -> Axes:
        """The share of the fleet in trouble over time: median and 80 % band of each arm.

        curve: bad_nodes, affected_clusters or services_down."""
        return self._draw(exposure, ax, curve=curve)

    def distribution(self, ax: Axes | None = None, metric: str | None = None) -> Axes:
        """How a metric (blast_radius_nodes, mttr, ...) is distributed over the runs of each arm."""
        return self._draw(distribution, ax, metric=metric or self._study.metric)

    def difference(self, ax: Axes | None = None) -> Axes:
        """The difference of each arm from the baseline in each pair of runs, with its mean and interval."""
        return self._draw(difference, ax)

    def tornado(self, ax: Axes | None = None) -> Axes:
        """What each field does by itself, from the low to the high end of its range."""
        return self._draw(tornado, ax)

    def screening(self, ax: Axes | None = None) -> Axes:
        """Morris' measures: how much each field matters, and whether it does so alone."""
        return self._draw(screening, ax)

    def curves(self, ax: Axes | None = None) -> Axes:
        """The metric along the values of a sweep: mean with interval, and the band of 80 % of the runs."""
        return self._draw(curves, ax)

    def frontier(self, ax: Axes | None = None) -> Axes:
        """The metric against the duration of the rollout, a point for each arm; the line joins those that no other
        beats in both."""
        return self._draw(frontier, ax)

    def _draw(self, picture: ModuleType, ax: Axes | None, **more: Any) -> Axes:
        with style():
            if ax is None:
                import matplotlib.pyplot as plt

                _, ax = plt.subplots(figsize=(12, picture.HEIGHT))
            picture.draw(self._study, ax, **more)
            ax.tick_params(length=0)
            return ax
