"""The time axis of a picture: which part of the run it shows, its ticks, and where alerts noticed something.

Times stay in seconds since the start; only the tick labels speak of minutes, hours or days.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.results.notable import defective
from simulator.results.plots.look import INK, inches_wide
from simulator.results.words import clock, date, duration, happened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.ticker import Locator

#: unit -> (seconds, the longest span it is for, sensible steps between two ticks)
_UNITS = {
    "seconds": (1, 180, (1, 2, 5, 10, 15, 30)),
    "minutes": (60, 3 * 3600, (1, 2, 5, 10, 15, 20, 30)),
    "hours": (3600, 3 * 86400, (1, 2, 3, 4, 6, 12)),
    "days": (86400, math.inf, (1, 2, 3, 4, 7, 14, 28, 56, 91, 182, 364)),
}


def time_unit(span: float) -> str:
    """The unit in which a span of seconds is read most easily."""
    return next(name for name, (_, longest, _) in _UNITS.items() if span <= longest)


def time_ticks(begin: float, end: float, most: int = 9) -> np.ndarray:
    """Round times from begin to end, in seconds, at most about `most` of them."""
    size, _, steps = _UNITS[time_unit(end - begin)]
    step = size * next((s for s in steps if (end - begin) / (s * size) <= most), steps[-1])
    return np.arange(math.ceil(begin / step - 1e-9), math.floor(end / step + 1e-9) + 1) * step


def duration_ticks() -> Locator:
    """Ticks at round times, for an axis of durations in seconds."""
    from matplotlib.ticker import MaxNLocator

    class Durations(MaxNLocator):
        def tick_values(self, vmin: float, vmax: float) -> np.ndarray:
            return time_ticks(vmin, vmax, 8) if vmax - vmin > 8 else super().tick_values(vmin, vmax)

    return Durations(8)


def time_axis(ax: Axes, run: Any, begin: float, end: float) -> None:
    """Label an x axis of seconds: time since the start, and below it the clock or the date.

    A picture of a part of the run says so, since a reader would otherwise take it for the whole.
    """
    start, horizon = run.scenario.spec.start, run.scenario.spec.horizon
    unit = time_unit(end - begin)
    size = _UNITS[unit][0]
    width = 1.5 if unit == "days" else 0.95  # inches for a label and the space around it
    ticks = time_ticks(begin, end, max(3, min(9, int(inches_wide(ax) / width))))
    ticks = ticks[ticks <= horizon]  # room for a label may follow the end of the run, but no time does

    def wall(at: float) -> str:
        if unit == "days":
            return clock(start, at, day=True)[:-6]
        return clock(start, at, seconds=unit == "seconds")

    ax.set_xlim(begin, end)
    ax.set_xticks(ticks, [f"{at / size:g}\n{wall(at)}" for at in ticks])
    part = "" if end - begin >= 0.999 * horizon else f", a part of a run of {duration(horizon)}"
    ax.set_xlabel(f"{unit} since {date(start)}{part}")


def focus(run: Any) -> tuple[float, float]:
    """The part of the run in which it was decided: its incidents and faulty changes, with a margin.

    The whole run if that is more than half of it, or if nothing went wrong.
    """
    horizon = run.scenario.spec.horizon
    begins = [*run.incidents["began_at"], *run.incidents["bitten_at"]]
    ends = list(run.incidents["recovered_at"].fillna(horizon))
    faulty = run.changes[run.changes["change"].isin(list(defective(run)))]
    begins += list(faulty["at"])
    ends += [at for at in faulty["converged_at"] if happened(at)]
    begins = [at for at in begins if happened(at)]
    if not begins:
        return 0.0, horizon
    at, bad = times_of(run.exposure), run.exposure[["bad_nodes", "bad_clusters"]].to_numpy(float).max(1)
    serious = np.flatnonzero(bad > bad.max() / 10)  # what smoulders on after the incident belongs to it
    ends += [at[i + 1] if i + 1 < len(at) else horizon for i in serious[-1:]]
    begin, end = min(begins), min(max([*begins, *ends]), horizon)
    margin = 0.08 * (end - begin) + 60
    if end - begin + 2 * margin > horizon / 2:
        return 0.0, horizon
    return max(0.0, begin - margin), min(end + margin, horizon)


def times_of(table: Any) -> np.ndarray:
    """The times of the steps of a table."""
    return table["at"].to_numpy(float)


def mark_detections(ax: Axes, run: Any, begin: float, end: float) -> list[tuple[float, str]]:
    """Where alerts noticed incidents: lines of which the first has a label, also returned with its time."""
    seen = sorted({at for at in run.incidents["detected_at"] if happened(at) and begin <= at <= end})
    word = "noticed by an alert"
    if len(seen) == 1:
        word = f"noticed at {clock(run.scenario.spec.start, seen[0])}"
    for number, at in enumerate(seen):
        ax.axvline(at, color=INK, lw=1.2, ls=(0, (4, 3)), label=None if number else word, zorder=3)
    return [(at, word) for at in seen[:1]]
