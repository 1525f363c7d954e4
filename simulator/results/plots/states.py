"""The fleet by state over time, stacked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.results.plots.axes import focus, time_axis
from simulator.results.plots.curves import steps
from simulator.results.plots.look import BLUE, ORANGE, PURPLE, SKY, VERMILION, YELLOW, legend_beside
from simulator.results.words import count, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The same colour for a state in every picture, and the order of the stack from the bottom up: what is
#: broken stands on the base line, where its height is easiest to read, and what is well lies on top, pale.
STATE_COLOURS = {
    "failed": VERMILION,
    "unreachable": "#4D4D4D",
    "not-ready": ORANGE,
    "unproven": PURPLE,
    "rebooting": BLUE,
    "pending-reboot": "#B9B0DC",
    "updating": SKY,
    "draining": YELLOW,
    "cordoned": "#BFA76A",
    "provisioning": "#A6D9F7",
    "ready on old version": "#5DBB9B",
    "ready": "#DCEFE7",
    "gone": "#C9CED0",
}

#: A state that never falls below this share of the fleet is left out of the stack, or nothing else is seen.
DOMINANT = 0.85


def height(run: Any) -> float:
    """Inches, at a width of 12."""
    return 4.8


def draw(run: Any, ax: Axes) -> None:
    """Stack the states. One in which nearly all nodes are all the time is left out, and the axis says so."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    begin, end = focus(run)
    names = [name for name in STATE_COLOURS if name in run.states.columns]
    edges, values = steps(run.states.index, run.states[names], begin, end)
    total, left_out = values[0].sum(), _dominant(values)
    drawn, top = _stack(ax, names, edges, values, left_out)
    time_axis(ax, run, begin, end)
    ax.set_ylim(0, total if left_out is None else max(1, 1.08 * top))
    ax.yaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda n, _: count(n)))
    ax.grid(axis="y")
    if left_out is None:
        ax.set_title(f"The fleet by state: {plural(total, 'node')}")
        ax.set_ylabel("nodes")
    else:
        ax.set_title(f"Nodes in any state but {names[left_out]}, of {count(total)}")
        ax.set_ylabel(f"nodes (not: {names[left_out]})")
    legend_beside(ax, reversed(drawn))


def _stack(
    ax: Axes, names: list[str], edges: np.ndarray, values: np.ndarray, left_out: int | None
) -> tuple[list[Any], float]:
    """An area for each state that occurs, and how high they reach together."""
    floor, drawn = np.zeros(len(values)), []
    for k, name in enumerate(names):
        if not values[:, k].any() or k == left_out:
            continue
        # No area where there is nobody: its outline would be a line of nothing
        top = np.where(values[:, k] > 0, floor + values[:, k], np.nan)
        colour, calm = STATE_COLOURS[name], name in ("ready", "gone")
        # An outline keeps in sight what is narrower than a pixel; the worse a state, the further in front
        outline = {"edgecolor": "none", "lw": 0} if calm else {"edgecolor": colour, "lw": 0.8}
        drawn.append(
            ax.stairs(
                top, edges, baseline=floor, fill=True, facecolor=colour, label=name, zorder=3 - k / 100, **outline
            )
        )
        floor = floor + values[:, k]
    return drawn, floor.max()


def _dominant(values: np.ndarray) -> int | None:
    """The state that nearly all nodes are in at any time, if there is one and anything else to see."""
    share = values / np.maximum(values.sum(axis=1, keepdims=True), 1)
    least = share.min(axis=0)
    top = int(least.argmax())
    return top if DOMINANT <= least[top] < 1 else None
