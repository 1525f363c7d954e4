"""Values of metrics on axes and in titles: durations as durations, shares in per cent; colours of arms."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator.results.metrics import Metric
from simulator.results.plots.axes import duration_ticks
from simulator.results.plots.look import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION
from simulator.results.words import in_words

if TYPE_CHECKING:
    from matplotlib.axis import Axis

#: The baseline is blue; the others follow. They stay apart for colour-blind eyes.
COLOURS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY)


def colour(number: int) -> str:
    """The colour of an arm by its number."""
    return COLOURS[number % len(COLOURS)]


def on_axis(axis: Axis, info: Metric, what: str | None = None, say: Callable[[float, str], str] = in_words) -> None:
    """Label an axis with a metric and its unit. `say` puts its values in words."""
    from matplotlib.ticker import FuncFormatter

    label = what or info.title
    if info.unit not in ("s", "share"):
        axis.set_label_text(f"{label}, {info.unit}")
        return
    axis.set_major_formatter(FuncFormatter(lambda value, _: "0" if value == 0 else say(value, info.unit)))
    axis.set_label_text(label)
    if info.unit == "s":
        axis.set_major_locator(duration_ticks())
