"""How every picture looks: colours, sizes, and sentences on axes that have nothing else to show."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Colours that stay apart for colour-blind eyes (Okabe and Ito, 2008).
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
INK, MUTED, FAINT = "#222222", "#5F6B6D", "#E3E7E8"

STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Helvetica", "Arial"],
    "font.size": 12,
    "axes.titlesize": 14,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.labelsize": 12,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": "#9AA5A7",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "xtick.color": "#9AA5A7",
    "ytick.color": "#9AA5A7",
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "text.color": INK,
    "grid.color": FAINT,
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "legend.fontsize": 11,
    "hatch.linewidth": 1.2,
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
}


@contextmanager
def style():
    """Paddock's look while something is drawn; matplotlib's settings are left as they were.

    But for one: the first picture of a notebook starts its backend, which says that figures are shown by themselves.
    """
    import matplotlib

    with matplotlib.rc_context(STYLE):
        yield
        interactive = matplotlib.is_interactive()
    matplotlib.interactive(interactive)


def say(ax: Axes, text: str) -> None:
    """A sentence in the middle of axes that have nothing else to show."""
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", fontsize=14, color=MUTED)


def say_only(ax: Axes, title: str, text: str) -> None:
    """A title and a sentence instead of a picture."""
    ax.set_title(title)
    say(ax, text)
    ax.set_axis_off()


def legend_beside(ax: Axes, handles: Iterable[Any] | None = None) -> None:
    """A legend to the right of the axes, where it can hide nothing."""
    extra = {} if handles is None else {"handles": list(handles)}
    ax.legend(loc="upper left", bbox_to_anchor=(1.005, 1.02), borderaxespad=0, handlelength=1.3, **extra)


def inches_tall(ax: Axes) -> float:
    """The height of axes on paper: how many lines of text they have room for."""
    return ax.get_window_extent().height / ax.figure.dpi


def inches_wide(ax: Axes) -> float:
    """The width of axes on paper."""
    return ax.get_window_extent().width / ax.figure.dpi


def cut_short(text: str, most: int = 26) -> str:
    """Cut to what fits beside an axis."""
    return text if len(text) <= most else text[: most - 1] + "…"
