"""Pictures of one run, drawn with matplotlib: `run.plot.states()`, `run.plot.overview()`.

Every curve here is an exact step function: a value holds until the next change point. Where there are
more change points than pixels, each pixel column keeps its first, smallest, largest and last value, so what
lasted a second is still drawn.

- look: colours and style; axes: the time axis; curves: step functions made fit for drawing.
- states, blast_radius, rollout, heatmap, timeline, side_by_side: a picture each, with `height(run)` and
  `draw(run, ax)`.
- incident: the time line of one incident, lane by lane; labels: names of moments that do not overlap.
- overview: the pictures of a run on one sheet.

matplotlib is imported when something is drawn, not before: the command line should start at once.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

from simulator.results.plots import blast_radius, heatmap, incident, overview, rollout, side_by_side, states, timeline
from simulator.results.plots.look import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PICTURES = {
    "states": states,
    "blast_radius": blast_radius,
    "rollout": rollout,
    "heatmap": heatmap,
    "timeline": timeline,
    "incident": incident,
    "side_by_side": side_by_side,
}


class Plots:
    """The pictures of one run. Each method draws on `ax`, or on a new figure, and returns the axes."""

    def __init__(self, run: Any) -> None:
        self._run = run

    def states(self, ax: Axes | None = None) -> Axes:
        """The fleet by state over time, stacked: how many nodes are in which state."""
        return self._draw(states, ax)

    def blast_radius(self, ax: Axes | None = None) -> Axes:
        """The share of the nodes and of the clusters that are bad, over time, with both peaks marked."""
        return self._draw(blast_radius, ax)

    def rollout(self, ax: Axes | None = None) -> Axes:
        """The progress of the rollout: a lane for each stage, filled as far as the change has reached it."""
        return self._draw(rollout, ax)

    def heatmap(self, ax: Axes | None = None) -> Axes:
        """Clusters by time: the darker, the larger the share of the cluster's nodes that is bad."""
        return self._draw(heatmap, ax)

    def timeline(self, ax: Axes | None = None) -> Axes:
        """How an incident went: from the merge to the first effect, to notice, decide and recover."""
        return self._draw(timeline, ax)

    def incident(self, number: int = 0, ax: Axes | None = None) -> Axes:
        """One incident as a postmortem shows it: who was hit, what was down, what people did, what each remedy waited
        for. number: as in the table `incidents`; 0 is the worst."""
        return self._draw(incident, ax, number)

    def side_by_side(self, ax: Axes | None = None) -> Axes:
        """Operating systems (or fleet entries, where there are more of them) side by side: a lane each, with the share
        of its nodes in each state and on the newest version."""
        return self._draw(side_by_side, ax)

    def overview(self) -> Figure:
        """The pictures of a run on one wide sheet: the fleet on the left, clusters and incident on the right."""
        with style():
            return overview.sheet(self._run)

    def height(self, name: str, *which: int) -> float:
        """How many inches tall a picture (of which incident) should be when it is 12 inches wide."""
        return PICTURES[name].height(self._run, *which)

    def _draw(self, picture: ModuleType, ax: Axes | None, *which: int) -> Axes:
        """Draw in our style, and on axes of its own (12 inches wide) if none are given."""
        with style():
            if ax is None:
                import matplotlib.pyplot as plt

                _, ax = plt.subplots(figsize=(12, picture.height(self._run, *which)))
            picture.draw(self._run, ax, *which)
            ax.tick_params(length=0, labelsize=11)
            return ax
