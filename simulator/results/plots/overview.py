"""All pictures on one wide sheet: the fleet on the left, clusters and incident on the right."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def sheet(run: Any) -> Figure:
    """A figure of 24 by 13.5 inches, in the current style."""
    from matplotlib.figure import Figure

    class Sheet(Figure):
        """A figure that a notebook shows even where nobody has asked for pyplot yet, which tells it how."""

        def _repr_png_(self) -> bytes:
            made = BytesIO()
            self.savefig(made, format="png")
            return made.getvalue()

    figure = Sheet(figsize=(24, 13.5), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.15, h_pad=0.15, wspace=0.03, hspace=0.04)
    left, right = figure.subfigures(1, 2)
    axes = [*left.subplots(3, 1), *right.subplots(2, 1, height_ratios=(1.35, 1))]
    plot = run.plot
    for ax, draw in zip(axes, (plot.states, plot.blast_radius, plot.rollout, plot.heatmap, plot.timeline), strict=True):
        draw(ax)
    scenario = run.scenario
    variant = f", variant {scenario.variant_name}" if scenario.variant_name else ""
    figure.suptitle(f"{scenario.title}{variant} (seed {run.seed})", fontsize=20, fontweight="bold", x=0.012, ha="left")
    return figure
