"""Values of metrics on axes and in titles: durations as durations, shares in per cent; colours of arms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.results.metrics import Metric
from simulator.results.plots.look import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION
from simulator.results.words import duration, figure, percent

if TYPE_CHECKING:
    from matplotlib.axis import Axis

#: The baseline is blue; the others follow. They stay apart for colour-blind eyes.
COLOURS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY)


def colour(number: int) -> str:
    """The colour of an arm by its number."""
    return COLOURS[number % len(COLOURS)]


def in_words(value: float, unit: str) -> str:
    """A value of a metric for people, with its sign: '12 min', '-31 %', '1,204 node-h'."""
    if unit == "s":
        return ("-" if value < 0 else "") + duration(abs(value))
    if unit == "share":
        return ("-" if value < 0 else "") + percent(abs(value))
    return f"{figure(value)} {unit}"


def on_axis(axis: Axis, info: Metric, what: str | None = None) -> None:
    """Label an axis with a metric and its unit."""
    from matplotlib.ticker import FuncFormatter

    label = what or info.title
    if info.unit in ("s", "share"):
        axis.set_major_formatter(FuncFormatter(lambda value, _: "0" if value == 0 else in_words(value, info.unit)))
        axis.set_label_text(label)
    else:
        axis.set_label_text(f"{label}, {info.unit}")


def title(text: Any) -> str:
    """As a title begins."""
    text = str(text)
    return text[:1].upper() + text[1:]
