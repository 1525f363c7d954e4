"""Measured times laid over simulated ones."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from labs.runner.against_simulation.times import Times

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SIMULATED, _MEASURED = "#9db4c9", "#c2452d"


def picture(title: str, times: list[Times]) -> Figure:
    """One panel for each time: the simulated ones as a histogram with their central 80 %, each measured one a line."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 1.0 + 2.3 * len(times)), layout="constrained")
    figure.suptitle(title)
    for axes, found in zip(figure.subplots(len(times), squeeze=False)[:, 0], times, strict=True):
        low, high = found.interval
        most = max(found.simulated.max(), found.measured.max(initial=0.0))
        axes.hist(found.simulated, bins=np.linspace(0.0, 1.05 * most or 1.0, 43), color=_SIMULATED)
        told = f"simulated, central 80 %: {low:.1f} to {high:.1f} s"
        told += f"; measured to {found.resolution:g} s" if found.resolution else ""
        axes.axvspan(low, high, color=_SIMULATED, alpha=0.25, label=told)
        ticks = axes.vlines(found.measured, 0.0, 0.08, color=_MEASURED, transform=axes.get_xaxis_transform())
        if found.median is not None:
            ticks.set_label(f"measured, {found.measured.size} times")
            axes.axvline(found.median, color=_MEASURED, lw=2, label=f"measured median: {found.median:.1f} s")
        axes.set(ylabel="simulated", xlim=(0.0, None))
        axes.set_title(found.title, loc="left", fontsize="medium")
        axes.legend(frameon=False, fontsize="small")
        axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel("seconds")
    return figure


def as_png(title: str, times: list[Times]) -> bytes:
    """The picture as a file's content."""
    buffer = io.BytesIO()
    picture(title, times).savefig(buffer, format="png", dpi=120)
    return buffer.getvalue()
