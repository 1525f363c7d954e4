"""Pictures of one run, drawn with matplotlib: `run.plot.states()`, `run.plot.overview()`.

Every curve here is an exact step function: a value holds until the next change point. Where there are
more change points than pixels, each pixel column keeps its first, smallest, largest and last value (`thin`),
so what lasted a second is still drawn. Times stay in seconds since the start; only the tick labels speak of
minutes, hours or days (`time_axis`). The words for people (`duration`, `percent`, `clock`) live here too: a
picture and the report beside it must say a number in the same way.

matplotlib is imported when something is drawn, not before: the command line should start at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Colours that stay apart for colour-blind eyes (Okabe and Ito, 2008).
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
INK, MUTED, FAINT = "#222222", "#5F6B6D", "#E3E7E8"

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

VERDICT_COLOURS = {"done": GREEN, "running": SKY, "paused": ORANGE, "aborted": VERMILION,
                   "not started": MUTED}

#: What an incident passes through: milestone -> (what the time before it went into, phase, colour).
MILESTONES = {
    "detected_at": ("notice", "detect", ORANGE),
    "paged_at": ("page", "decide", "#99CBE8"),
    "acknowledged_at": ("acknowledge", "decide", SKY),
    "diagnosed_at": ("diagnose", "decide", "#2E8FCB"),
    "decided_at": ("decide", "decide", BLUE),
    "recovered_at": ("recover", "recover", GREEN),
}
PHASE_COLOURS = {"detect": ORANGE, "decide": BLUE, "recover": GREEN}

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

#: A picture keeps about this many steps of a curve: four for each pixel column of a wide screen.
POINTS = 5000
#: Shown at once: more lanes than this can't be read from the back of a room.
MOST_LANES, MOST_INCIDENTS, MOST_TICKS = 10, 10, 60
#: So many time bins of the whole run are asked for at most, however small the part that is drawn.
MOST_BINS = 4000
#: A state that never falls below this share of the fleet is left out of the stack, or nothing else is seen.
DOMINANT = 0.85


# --- words -----------------------------------------------------------------------------------------------

def happened(at: float | None) -> bool:
    """Whether a time is one: NaN and infinity say that it never happened."""
    return at is not None and math.isfinite(at)


#: (for what is shorter than this, the larger unit, the smaller one, how many make the larger, their names)
_DURATIONS = (
    (3600, 60, 1, 60, ("min", "s")),
    (86400, 3600, 60, 60, ("h", "min")),
    (math.inf, 86400, 3600, 24, ("d", "h")),
)


def duration(seconds: float) -> str:
    """Seconds for people, two units at most: '45 s', '6 min', '1 h 12 min', '3 d 4 h'; '–' for never."""
    if not happened(seconds):
        return "–"
    if 0 < seconds < 10:
        return f"{seconds:.2g} s" if round(seconds, 1) < 10 else "10 s"
    if round(seconds) < 60:
        return f"{round(seconds)} s"
    for limit, big, small, per, names in _DURATIONS:
        whole, part = divmod(round(seconds / small), per)
        # Seconds say nothing about a quarter of an hour
        if small == 1 and whole >= 10:
            whole, part = round(seconds / big), 0
        if whole * big < limit:
            return f"{whole} {names[0]}" + (f" {part} {names[1]}" if part else "")
    raise AssertionError("the last unit has no limit")


def percent(share: float) -> str:
    """A share with two digits that matter, counted from the nearer end: '40 %', '0.31 %', '99.95 %'."""
    if not happened(share):
        return "–"
    rest = 100 * min(abs(share), abs(1 - share))
    digits = min(6, max(0, 1 - math.floor(math.log10(rest)))) if rest else 0
    text = f"{100 * share:.{digits}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + " %"


def count(number: float) -> str:
    """A whole number with its thousands apart: '10,000'."""
    return f"{number:,.0f}" if happened(number) else "–"


def plural(number: float, word: str) -> str:
    """'1 node', '4,000 nodes'."""
    return f"{count(number)} {word}{'' if number == 1 else 's'}"


def clock(start: datetime, at: float, *, day: bool = False, seconds: bool = False) -> str:
    """What the clock on the wall says: '09:31', 'Mon 2 Mar 09:31:20'; '–' for never."""
    if not happened(at):
        return "–"
    now = start + timedelta(seconds=float(at))
    return (f"{now:%a} {now.day} {now:%b} " if day else "") + f"{now:%H:%M:%S}"[:8 if seconds else 5]


def date(moment: datetime) -> str:
    """A date and time in full: 'Mon 2 Mar 2026, 09:00 UTC'."""
    return f"{moment:%a} {moment.day} {moment:%b %Y, %H:%M} {moment.tzname() or ''}".rstrip()


# --- time axes -------------------------------------------------------------------------------------------

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


def time_axis(ax: Axes, start: datetime, begin: float, end: float, horizon: float) -> None:
    """Label an x axis of seconds: time since the start, and below it the clock or the date.

    A picture of a part of the run says so, since a reader would otherwise take it for the whole.
    """
    unit = time_unit(end - begin)
    size = _UNITS[unit][0]
    width = 1.5 if unit == "days" else 0.95  # inches for a label and the space around it
    ticks = time_ticks(begin, end, max(3, min(9, int(ax.get_window_extent().width / ax.figure.dpi / width))))
    ticks = ticks[ticks <= horizon]  # room for a label may follow the end of the run, but no time does

    def wall(at: float) -> str:
        if unit == "days":
            return clock(start, at, day=True)[:-6]
        return clock(start, at, seconds=unit == "seconds")

    ax.set_xlim(begin, end)
    ax.set_xticks(ticks, [f"{at / size:g}\n{wall(at)}" for at in ticks])
    part = "" if end - begin >= 0.999 * horizon else f", a part of a run of {duration(horizon)}"
    ax.set_xlabel(f"{unit} since {date(start)}{part}")


# --- step functions --------------------------------------------------------------------------------------

def thin(at: np.ndarray, values: np.ndarray, points: int = POINTS) -> np.ndarray:
    """Which rows of a step function to draw: all, or about `points` that look the same.

    Min/max decimation. Time is cut into as many columns as the points allow; of each column the first and the
    last row stay, and for each curve (a column of `values`) the rows of its smallest and its largest value.
    Every extreme survives with its own time, and no column hands a wrong value to the next, so a spike can
    look wider by at most one column and can't vanish. Rows are kept whole: what sums to N still does.
    """
    if len(at) <= points:
        return np.arange(len(at))
    values = values.reshape(len(at), -1)
    columns = max(1, points // (2 * values.shape[1] + 2))
    column = np.minimum(((at - at[0]) / (at[-1] - at[0]) * columns).astype(int), columns - 1)
    ends = np.flatnonzero(np.diff(column))
    keep = [np.r_[0, ends + 1], np.r_[ends, len(at) - 1]]
    for curve in values.T:
        order = np.lexsort((curve, column))  # by column, then by value: extremes stand at a column's ends
        keep += [order[keep[0]], order[keep[1]]]
    return np.unique(np.concatenate(keep))


def steps(at: Any, values: Any, begin: float, end: float) -> tuple[np.ndarray, np.ndarray]:
    """The step function between two times: n + 1 edges and n rows of values, thinned for drawing."""
    at, values = np.asarray(at, float), np.asarray(values, float)
    first = max(0, np.searchsorted(at, begin, side="right") - 1)
    last = max(first + 1, np.searchsorted(at, end, side="left"))
    at, values = at[first:last], values[first:last]
    keep = thin(at, values)
    return np.r_[np.clip(at[keep], begin, end), end], values[keep]


def focus(run: Any) -> tuple[float, float]:
    """The part of the run in which it was decided: its incidents and faulty changes, with a margin.

    The whole run if that is more than half of it, or if nothing went wrong.
    """
    horizon = float(run.scenario.spec.horizon)
    begins = [*run.incidents["began_at"], *run.incidents["bitten_at"]]
    ends = list(run.incidents["recovered_at"].fillna(horizon))
    faulty = run.changes[run.changes["change"].isin(list(defective(run)))]
    begins += list(faulty["at"])
    ends += [at for at in faulty["converged_at"] if happened(at)]
    begins = [at for at in begins if happened(at)]
    if not begins:
        return 0.0, horizon
    at, bad = _at(run.exposure), run.exposure[["bad_nodes", "bad_clusters"]].to_numpy(float).max(1)
    serious = np.flatnonzero(bad > bad.max() / 10)  # what smoulders on after the incident belongs to it
    ends += [at[i + 1] if i + 1 < len(at) else horizon for i in serious[-1:]]
    begin, end = min(begins), min(max([*begins, *ends]), horizon)
    margin = 0.08 * (end - begin) + 60
    if end - begin + 2 * margin > horizon / 2:
        return 0.0, horizon
    return max(0.0, begin - margin), min(end + margin, horizon)


def _at(table: Any) -> np.ndarray:
    return table["at"].to_numpy(float)


# --- who and what matters most ---------------------------------------------------------------------------

def defective(run: Any) -> set[str]:
    """Names of the changes that have a defect, whether or not it took effect."""
    declared = {change.name for change in run.scenario.spec.changes if getattr(change, "defect", None)}
    return declared | set(run.changes.loc[run.changes["bites"] > 0, "change"])


def notable_changes(run: Any, most: int = 3) -> list[str]:
    """The changes to look at: those with a defect, the worst first; without any, the latest few."""
    changes = run.changes
    faulty = changes[changes["change"].isin(list(defective(run)))]
    if len(faulty):
        return list(faulty.sort_values("bites", ascending=False, kind="stable")["change"][:most])
    return list(changes.sort_values("at", kind="stable")["change"][-most:])


def worst_incidents(run: Any) -> Any:
    """The incidents, the worst first: by nodes hit, then clusters hit, then how long they lasted."""
    horizon = float(run.scenario.spec.horizon)
    lasted = run.incidents["recovered_at"].fillna(horizon) - run.incidents["began_at"]
    order = np.lexsort((-lasted.to_numpy(float), -run.incidents["clusters_hit"].to_numpy(float),
                        -run.incidents["nodes_hit"].to_numpy(float)))
    return run.incidents.iloc[order]


def prelude(incident: Any) -> list[tuple[str, float, float]]:
    """What came before an incident began, as (name, begin, end): the change on its way, its defect unseen."""
    before = [("merged to\nfirst effect", incident.changed_at, incident.bitten_at),
              ("unseen by\nthe alert", incident.bitten_at, incident.began_at)]
    return [part for part in before if happened(part[1]) and part[2] > part[1]]


def stage_name(stage: Any) -> str:
    """Its name; a stage without one is known by its number."""
    return f"stage {stage.stage}" if str(stage.stage).isdigit() else str(stage.stage)


def phases(incident: Any, horizon: float) -> list[tuple[str, float, float, bool]]:
    """An incident as (milestone that ends it, begin, end, whether it was reached), one after the other.

    Milestones that were never reached, or only after the recovery, are skipped. An incident that is not over
    ends with an open phase up to the horizon, named after the milestone that it waits for.
    """
    reached, now = [], incident.began_at
    over = incident.recovered_at if happened(incident.recovered_at) else math.inf
    names = list(MILESTONES)
    for name in names:
        at = getattr(incident, name)
        if happened(at) and at <= over:
            reached.append((name, now, max(at, now), True))
            now = max(at, now)
    if happened(over):
        return reached
    waits_for = names[names.index(reached[-1][0]) + 1] if reached else names[0]
    return [*reached, (waits_for, now, horizon, False)]


# --- drawing ---------------------------------------------------------------------------------------------

@contextmanager
def style():
    """Paddock's look while something is drawn; matplotlib's settings are left as they were."""
    import matplotlib

    with matplotlib.rc_context(STYLE):
        yield


def _picture(height: float | Callable[[Any], float]):
    """Make a method a picture: in our style, and on axes of its own (12 inches wide) if none are given."""
    def decorate(draw):
        @wraps(draw)
        def picture(self, ax: Axes | None = None) -> Axes:
            with style():
                if ax is None:
                    import matplotlib.pyplot as plt

                    _, ax = plt.subplots(figsize=(12, self.height(draw.__name__)))
                draw(self, ax)
                ax.tick_params(length=0, labelsize=11)
                return ax
        del picture.__wrapped__  # whoever asks for the signature should see that ax may be left out
        picture.height = height
        return picture
    return decorate


def _say(ax: Axes, text: str) -> None:
    """A sentence in the middle of axes that have nothing else to show."""
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", fontsize=14, color=MUTED)


def _detections(ax: Axes, run: Any, begin: float, end: float) -> list[tuple[float, str]]:
    """Where alerts noticed incidents: lines of which the first has a label, also returned with its time."""
    seen = sorted({at for at in run.incidents["detected_at"] if happened(at) and begin <= at <= end})
    word = "noticed by an alert"
    if len(seen) == 1:
        word = f"noticed at {clock(run.scenario.spec.start, seen[0])}"
    for number, at in enumerate(seen):
        ax.axvline(at, color=INK, lw=1.2, ls=(0, (4, 3)), label=None if number else word, zorder=3)
    return [(at, word) for at in seen[:1]]


def _legend_beside(ax: Axes, handles: Iterable[Any] | None = None) -> None:
    """A legend to the right of the axes, where it can hide nothing."""
    extra = {} if handles is None else {"handles": list(handles)}
    ax.legend(loc="upper left", bbox_to_anchor=(1.005, 1.02), borderaxespad=0, handlelength=1.3, **extra)


class Plots:
    """The pictures of one run. Each method draws on `ax`, or on a new figure, and returns the axes."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self._start: datetime = run.scenario.spec.start
        self._horizon = float(run.scenario.spec.horizon)

    def height(self, name: str) -> float:
        """How many inches tall a picture should be when it is 12 inches wide."""
        height = getattr(type(self), name).height
        return height(self._run) if callable(height) else height

    def _time_axis(self, ax: Axes, begin: float, end: float) -> None:
        time_axis(ax, self._start, begin, end, self._horizon)

    # --- the fleet by state

    @_picture(4.8)
    def states(self, ax: Axes) -> None:
        """The fleet by state over time, stacked: how many nodes are in which state.

        A state in which nearly all nodes are all the time is left out, and the axis shows the others only.
        """
        from matplotlib.ticker import FuncFormatter, MaxNLocator

        begin, end = focus(self._run)
        table = self._run.states
        names = [name for name in STATE_COLOURS if name in table.columns]
        edges, values = steps(table.index, table[names], begin, end)
        occurring = values.max(axis=0) > 0
        total = values[0].sum()
        left_out = _dominant(values)

        floor, drawn = np.zeros(len(values)), []
        for k, name in enumerate(names):
            if not occurring[k] or k == left_out:
                continue
            # No area where there is nobody: its outline would be a line of nothing
            top = np.where(values[:, k] > 0, floor + values[:, k], np.nan)
            colour, calm = STATE_COLOURS[name], name in ("ready", "gone")
            # An outline keeps in sight what is narrower than a pixel; the worse a state, the further in front
            outline = {"edgecolor": "none", "lw": 0} if calm else {"edgecolor": colour, "lw": 0.8}
            drawn.append(ax.stairs(top, edges, baseline=floor, fill=True, facecolor=colour, label=name,
                                   zorder=3 - k / 100, **outline))
            floor = floor + values[:, k]

        self._time_axis(ax, begin, end)
        ax.set_ylim(0, total if left_out is None else max(1, 1.08 * floor.max()))
        ax.yaxis.set_major_locator(MaxNLocator(6, integer=True))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda n, _: count(n)))
        ax.grid(axis="y")
        if left_out is None:
            ax.set_title(f"The fleet by state: {plural(total, 'node')}")
            ax.set_ylabel("nodes")
        else:
            ax.set_title(f"Nodes in any state but {names[left_out]}, of {count(total)}")
            ax.set_ylabel(f"nodes (not: {names[left_out]})")
        _legend_beside(ax, reversed(drawn))

    # --- the blast radius

    @_picture(4.4)
    def blast_radius(self, ax: Axes) -> None:
        """The share of the nodes and of the clusters that are bad, over time, with both peaks marked."""
        from matplotlib.ticker import FuncFormatter

        begin, end = focus(self._run)
        table = self._run.exposure
        peaks = {}
        for column, colour, line, label in (("bad_clusters", BLUE, (0, (5, 1.5)), "bad clusters"),
                                            ("bad_nodes", VERMILION, "-", "bad nodes")):
            edges, share = steps(_at(table), table[column], begin, end)
            pen = {"ls": line, "lw": 2.2} if len(share) < 500 else {"ls": "-", "lw": 1.3}
            ax.stairs(share, edges, baseline=None, color=colour, label=label, zorder=4, **pen)
            peaks[column] = share.max()
            if column == "bad_nodes":
                ax.stairs(share, edges, fill=True, color=colour, alpha=0.13, lw=0)
        self._time_axis(ax, begin, end)
        highest = max(peaks.values())
        ax.set_ylim(0, min(1.0, 1.3 * highest) if 0 < highest < 0.9 else 1.14)
        ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: percent(share)))
        ax.set_yticks([t for t in ax.get_yticks() if 0 <= t <= min(1.0, ax.get_ylim()[1])])
        ax.grid(axis="y")
        ax.set_ylabel("share of the fleet")
        if not highest:
            ax.set_title("Blast radius: nothing was bad")
            _say(ax, "no node and no cluster was bad")
            return
        ax.set_title(f"Blast radius: at worst {percent(peaks['bad_nodes'])} of the nodes, "
                     f"{percent(peaks['bad_clusters'])} of the clusters")
        for column, colour in (("bad_nodes", VERMILION), ("bad_clusters", BLUE)):
            # Two labels at the same height would lie on each other
            if column == "bad_nodes" or peaks[column] > peaks["bad_nodes"] + 0.12 * ax.get_ylim()[1]:
                self._mark_peak(ax, column, colour)
        _detections(ax, self._run, begin, end)
        _legend_beside(ax)

    def _mark_peak(self, ax: Axes, column: str, colour: str) -> None:
        """A dot where the curve is highest for the first time, with the value and the clock."""
        share = self._run.exposure[column].to_numpy(float)
        peak = int(share.argmax())
        if not share[peak]:
            return
        at = _at(self._run.exposure)[peak]
        begin, end = ax.get_xlim()
        right = at > begin + 0.7 * (end - begin)
        ax.plot([at], [share[peak]], "o", color=colour, ms=8, mec="white", mew=1.2, zorder=6, clip_on=False)
        ax.annotate(f"{percent(share[peak])} at {clock(self._start, at, day=self._horizon > 86400)}",
                    (at, share[peak]), xytext=(-9 if right else 9, 8), textcoords="offset points",
                    ha="right" if right else "left", color=colour, fontweight="bold", zorder=6,
                    bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 1})

    # --- the rollout

    @_picture(lambda run: 2.0 + 0.85 * max(2, len(_lanes(run)[0])))
    def rollout(self, ax: Axes) -> None:
        """The progress of the rollout: a lane for each stage, filled as far as the change has reached it."""
        lanes, more = _lanes(self._run)
        if not lanes:
            ax.set_title("The rollout")
            _say(ax, "no change was rolled out")
            ax.set_axis_off()
            return
        begin, end = self._rollout_window(lanes)
        self._time_axis(ax, begin, end)
        between = "\n" if ax.get_window_extent().height / ax.figure.dpi > 0.5 * len(lanes) else "  "
        changes = list(dict.fromkeys(stage.change for stage in lanes))
        for row, stage in enumerate(lanes):
            self._lane(ax, stage, -row, begin, end)
            reached = self._reached(stage)["share"]
            self._verdict(ax, stage, 0.38 - row, reached.iloc[-1] if len(reached) else 0.0, between)
        ax.set_ylim(-len(lanes) + 0.85, 1.25)
        ax.set_yticks([0.38 - row for row in range(len(lanes))],
                      [_lane_label(stage, len(changes) > 1, between) for stage in lanes])
        ax.spines["left"].set_visible(False)
        ax.grid(axis="x")
        for at, word in _detections(ax, self._run, begin, end):
            ax.annotate(word, (at, 1.22), xytext=(6, 0), textcoords="offset points", va="top", fontsize=11)
        one = len(changes) == 1
        title = f"The rollout of {changes[0]}" if one else f"The rollouts of {len(changes)} changes"
        ax.set_title(title + (f" ({plural(more, 'stage')} left out)" if more else ""))

    def _rollout_window(self, lanes: list[Any]) -> tuple[float, float]:
        """The part in which it was decided, or the time from the first merge to the end of the last stage."""
        begin, end = focus(self._run)
        if end - begin < self._horizon:
            return begin, end
        shown = self._run.changes[self._run.changes["change"].isin([stage.change for stage in lanes])]
        ends = [stage.ended_at if happened(stage.ended_at) else self._horizon for stage in lanes
                if happened(stage.started_at)]
        begin, end = shown["at"].min(), max(ends, default=self._horizon)
        margin = 0.05 * (end - begin) + 30
        return max(0.0, begin - margin), min(end + margin, self._horizon)

    def _reached(self, stage: Any) -> Any:
        """How far a stage has come: its part of the table `reach`."""
        reach = self._run.reach
        return reach[(reach["change"] == stage.change) & (reach["number"] == stage.number)]

    def _lane(self, ax: Axes, stage: Any, base: float, begin: float, end: float) -> None:
        """One stage: the share reached as a filled step curve, and its bake hatched."""
        height = 0.76
        colour = VERDICT_COLOURS.get(stage.verdict, MUTED)
        mine = self._reached(stage)
        ax.hlines([base, base + height], begin, end, color=FAINT, lw=1, zorder=1)
        if len(mine) and mine["at"].iloc[0] < end:
            edges, share = steps(_at(mine), mine["share"], max(begin, mine["at"].iloc[0]), end)
            ax.stairs(base + height * share, edges, baseline=base, fill=True, color=colour, alpha=0.2, lw=0)
            ax.stairs(base + height * np.r_[0, share], np.r_[begin, edges], baseline=None, color=colour, lw=2)
        if stage.bake_s > 0 and happened(stage.converged_at):
            baked = stage.ended_at if happened(stage.ended_at) else self._horizon
            baked = min(baked, stage.converged_at + stage.bake_s)
            ax.fill_betweenx([base, base + height], stage.converged_at, baked, facecolor=YELLOW, alpha=0.5,
                             hatch="///", edgecolor="#B8A800", lw=0, zorder=2)
            place, shift, side = (baked, 6, "left") if baked < begin + 0.85 * (end - begin) else (
                stage.converged_at, -6, "right")
            ax.annotate(f"bake {duration(baked - stage.converged_at)}", (place, base + height / 2), ha=side,
                        va="center", xytext=(shift, 0), textcoords="offset points", fontsize=11, zorder=5,
                        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 1.5})

    @staticmethod
    def _verdict(ax: Axes, stage: Any, middle: float, share: float, between: str) -> None:
        """How a stage ended, to the right of its lane: its verdict in bold, and how far it came."""
        colour = VERDICT_COLOURS.get(stage.verdict, MUTED)
        progress = _progress(stage, share)
        stacked = between == "\n" and progress
        verdict = ax.annotate(stage.verdict, (1, middle), xycoords=ax.get_yaxis_transform(), xytext=(8, 1),
                              va="bottom" if stacked else "center", textcoords="offset points",
                              fontweight="bold", color=colour, annotation_clip=False)
        corner, shift, side = ((0, 0), (0, -2), "top") if stacked else ((1, 0), (8, 1), "bottom")
        ax.annotate(progress, corner, xycoords=verdict, xytext=shift, textcoords="offset points", va=side,
                    fontsize=11, color=MUTED, annotation_clip=False)

    # --- clusters over time

    @_picture(lambda run: max(3.6, 2.0 + 0.2 * len(run.clusters)) if len(run.clusters) <= MOST_TICKS else 8.0)
    def heatmap(self, ax: Axes) -> None:
        """Clusters by time: the darker, the larger the share of the cluster's nodes that is bad.

        Up to 60 clusters have a row with a name each, if the axes are tall enough. More are sorted by
        environment, then by when they first went bad; each pixel row shows the worst of its clusters.
        """
        from matplotlib.colors import LinearSegmentedColormap, PowerNorm

        run = self._run
        begin, end = focus(run)
        heat = run.heat(min(MOST_BINS, math.ceil(360 * self._horizon / (end - begin))))
        bin_width = self._horizon / heat.shape[1]
        starts = heat.columns.to_numpy(float)
        inside = (starts + bin_width > begin) & (starts < end)
        clusters = run.clusters.set_index("cluster")
        named = len(clusters) <= min(MOST_TICKS, ax.get_window_extent().height / ax.figure.dpi / 0.165)
        groups = [clusters.index] if named else _groups(clusters)
        size = math.ceil(len(heat) / 240)
        parts = [_pool(heat.loc[group].to_numpy(float)[:, inside], size) for group in groups]
        image = np.vstack(parts)

        colours = LinearSegmentedColormap.from_list(
            "bad", ["#F3F6F5", "#FBE6BE", "#F0B43C", "#E17A12", VERMILION, "#8F3300"])
        # A power scale, because one bad node in a cluster of a hundred should be seen
        picture = ax.imshow(image, aspect="auto", interpolation="none", cmap=colours,
                            norm=PowerNorm(0.45, 0, 1), origin="upper",
                            extent=(starts[inside][0], starts[inside][-1] + bin_width, len(image), 0))
        self._time_axis(ax, begin, end)
        if named:
            ax.set_yticks(np.arange(len(clusters)) + 0.5, list(clusters.index))
        else:
            names = [f"{clusters.loc[group[0], 'environment']}\n{plural(len(group), 'cluster')}"
                     for group in groups]
            self._group_labels(ax, names, [len(part) for part in parts])
        ax.spines[["left", "bottom"]].set_visible(False)
        hit = int((heat.to_numpy(float) > 0).any(axis=1).sum())
        ax.set_title(f"Bad nodes by cluster: {count(hit)} of {plural(len(heat), 'cluster')} had some")
        tall = ax.get_window_extent().height / ax.figure.dpi
        bar = ax.figure.colorbar(picture, ax=ax, pad=0.012, fraction=0.035, aspect=8 * tall)
        bar.set_ticks([0, 0.01, 0.1, 0.25, 0.5, 1], labels=["0", "1 %", "10 %", "25 %", "50 %", "100 %"])
        bar.set_label("share of the cluster's nodes")
        bar.ax.tick_params(length=0, labelsize=11)
        bar.outline.set_visible(False)
        if not hit:
            _say(ax, "no cluster had a bad node")

    @staticmethod
    def _group_labels(ax: Axes, names: list[str], heights: list[int]) -> None:
        """One label for each environment, and a line between two."""
        ends = np.cumsum(heights)
        # A group of two rows still needs the height of a line of text
        room = 18 / max(1.0, ax.get_window_extent().height / ax.figure.dpi * 72) * ends[-1]
        ax.set_yticks(_apart(ends - np.array(heights) / 2, 2 * room), names)
        ax.hlines(ends[:-1], *ax.get_xlim(), color=INK, lw=1)

    # --- the incident

    @_picture(lambda run: 4.8 if len(run.incidents) == 1 else 2.2 + 0.62 * max(2, min(len(run.incidents),
                                                                                      MOST_INCIDENTS)))
    def timeline(self, ax: Axes) -> None:
        """How an incident went: from the merge to the first effect, to notice, decide and recover.

        One incident: a bar for each step, one below the other. Several: a row each, the worst first.
        """
        incidents = list(worst_incidents(self._run).itertuples())
        if not incidents:
            ax.set_title("Incidents")
            _say(ax, "no incident: no alert fired")
            ax.set_axis_off()
        elif len(incidents) == 1:
            self._one_incident(ax, incidents[0])
        else:
            self._many_incidents(ax, incidents)

    def _one_incident(self, ax: Axes, incident: Any) -> None:
        """A waterfall: each step begins where the one before has ended."""
        bars = [(MILESTONES[name][0], MILESTONES[name][2], begin, end, reached)
                for name, begin, end, reached in phases(incident, self._horizon)]
        lasted = bars[-1][3] - incident.began_at
        last = bars[-1][3]
        if not bars[-1][4]:
            # To scale, days without an end would leave no room for the minutes before
            last = min(last, bars[-1][2] + max(3 * (bars[-1][2] - incident.began_at), 600))
        before = prelude(incident)
        told = ""
        if before and incident.began_at - before[0][1] > 3 * lasted:
            # To scale, a week on the way would leave no room for the minutes that followed
            told = f", {duration(incident.began_at - before[0][1])} after the merge"
        else:
            bars = [(name, "#B5BDBF", begin, end, True) for name, begin, end in before] + bars
        self._time_axis(ax, *self._around(bars[0][2], last))
        for row, (_, colour, begin, end, reached) in enumerate(bars):
            shown = min(end, last)
            ax.barh(row, shown - begin, left=begin, height=0.62, color=colour, zorder=3,
                    alpha=1 if reached else 0.45)
            # A bar too short to see still has a place
            ax.plot([begin, begin], [row - 0.31, row + 0.31], color=colour, lw=2, zorder=3)
            note = "" if reached else ", not over when the run ends  »"
            self._beside(ax, row, begin, shown, duration(end - begin) + note)
            if row:
                ax.plot([begin, begin], [row - 0.69, row - 0.31], color=MUTED, lw=1, zorder=2)
        self._wait(ax, incident, len(bars) - 1, 0.62)
        ax.set_yticks(range(len(bars)), [bar[0] for bar in bars])
        ax.set_ylim(len(bars) - 0.4, -0.6)
        ax.spines["left"].set_visible(False)
        ax.grid(axis="x")
        cause = f" ({incident.cause})" if incident.cause else ""
        ax.set_title(f"The incident{cause}{told}: {_outcome(incident)}")
        if ax.get_legend_handles_labels()[0]:
            ax.legend(loc="upper right")

    def _many_incidents(self, ax: Axes, incidents: list[Any]) -> None:
        """A row for each incident, the worst first; its three phases side by side, written at its end."""
        from matplotlib.patches import Patch

        shown = incidents[:MOST_INCIDENTS]
        spans = [phases(incident, self._horizon) for incident in shown]
        begin, end = self._around(min(i.began_at for i in shown), max(span[-1][2] for span in spans), 0.55)
        self._time_axis(ax, begin, end)
        for row, (incident, span) in enumerate(zip(shown, spans, strict=True)):
            for name, since, until, reached in span:
                colour = PHASE_COLOURS[MILESTONES[name][1]]
                ax.barh(row, until - since, left=since, height=0.5, color=colour, edgecolor=colour, lw=1.5,
                        alpha=1 if reached else 0.45, zorder=3)
            self._wait(ax, incident, row, 0.5)
            self._beside(ax, row, incident.began_at, span[-1][2], _in_brief(span))
        ax.set_yticks(range(len(shown)), [_short(f"{i.incident}: {i.cause or i.alert}") for i in shown])
        ax.set_ylim(len(shown) - 0.4, -0.6)
        ax.spines["left"].set_visible(False)
        ax.grid(axis="x")
        more = len(incidents) - len(shown)
        ax.set_title(f"{plural(len(incidents), 'incident')}" + (f", the worst {len(shown)}" if more else ""))
        handles = [Patch(color=colour, label=phase) for phase, colour in PHASE_COLOURS.items()]
        handles += ax.get_legend_handles_labels()[0]
        ax.legend(handles=handles, loc="lower right", bbox_to_anchor=(1, 1), ncols=4, borderaxespad=0.2,
                  handlelength=1.3, columnspacing=1.2)

    def _around(self, begin: float, end: float, room: float = 0.2) -> tuple[float, float]:
        """A window with room for a label at its right, as a share of what is shown."""
        length = max(end - begin, 1.0)
        return max(0.0, begin - 0.04 * length), end + room * length

    def _beside(self, ax: Axes, row: int, begin: float, end: float, text: str) -> None:
        """Text to the right of a bar, or to its left, or (on a bar too long for both) on it."""
        left, right = ax.get_xlim()
        inches = ax.get_window_extent().width / ax.figure.dpi
        long = 0.09 * (len(text) + 2) / inches * (right - left)  # a character takes 0.09 inches
        if end + long < right:
            place, shift, side = end, 7, "left"
        elif begin - long > left:
            place, shift, side = begin, -7, "right"
        else:
            place, shift, side = end, -7, "right"
        ax.annotate(text, (place, row), xytext=(shift, 0), va="center", textcoords="offset points", ha=side,
                    fontsize=12, zorder=5)

    def _wait(self, ax: Axes, incident: Any, row: int, height: float) -> None:
        """Hatch the part of the recovery in which the remedy waited for what it needs."""
        if not (happened(incident.waited_s) and incident.waited_s > 0 and happened(incident.decided_at)):
            return
        over = incident.recovered_at if happened(incident.recovered_at) else self._horizon
        waited = min(incident.waited_s, over - incident.decided_at)
        labels = ax.get_legend_handles_labels()[1]
        what = f"waits for {incident.waited_for}" if incident.waited_for else "waits for a prerequisite"
        label = "remedy waits" if len(self._run.incidents) > 1 else f"{what}, {duration(waited)}"
        ax.barh(row, waited, left=incident.decided_at, height=height, color="none", edgecolor="white",
                hatch="///", lw=0, zorder=4)
        if label not in labels:
            ax.fill_between([], [], facecolor=GREEN, edgecolor="white", hatch="///", label=label)

    # --- all of them

    def overview(self) -> Figure:
        """All pictures on one wide sheet: the fleet on the left, clusters and incident on the right."""
        from matplotlib.figure import Figure

        with style():
            figure = Figure(figsize=(24, 13.5), layout="constrained")
            figure.get_layout_engine().set(w_pad=0.15, h_pad=0.15, wspace=0.03, hspace=0.04)
            left, right = figure.subfigures(1, 2)
            parts = left.subplots(3, 1)
            for ax, draw in zip(parts, (self.states, self.blast_radius, self.rollout), strict=True):
                draw(ax)
            parts = right.subplots(2, 1, height_ratios=(1.35, 1))
            self.heatmap(parts[0])
            self.timeline(parts[1])
            scenario = self._run.scenario
            variant = f", variant {scenario.variant_name}" if scenario.variant_name else ""
            figure.suptitle(f"{scenario.title}{variant} (seed {self._run.seed})", fontsize=20,
                            fontweight="bold", x=0.012, ha="left")
            return figure


# --- small questions the pictures ask --------------------------------------------------------------------

def _dominant(values: np.ndarray) -> int | None:
    """The state that nearly all nodes are in at any time, if there is one and anything else to see."""
    share = values / np.maximum(values.sum(axis=1, keepdims=True), 1)
    least = share.min(axis=0)
    top = int(least.argmax())
    return top if DOMINANT <= least[top] < 1 else None


def _lanes(run: Any) -> tuple[list[Any], int]:
    """The stages to draw, those of the most notable change first; and how many more there are."""
    chosen = notable_changes(run)
    rank = {change: place for place, change in enumerate(chosen)}
    stages = [stage for stage in run.stages.itertuples() if stage.change in rank]
    stages.sort(key=lambda stage: (rank[stage.change], stage.number))
    return stages[:MOST_LANES], len(stages) - len(stages[:MOST_LANES])


def _lane_label(stage: Any, with_change: bool, between: str) -> str:
    """'staging', with its change if there are several, and below it its size if there is room."""
    name = _short(f"{stage.change}: {stage_name(stage)}" if with_change else stage_name(stage))
    return f"{name}\n{plural(stage.nodes, 'node')}" if between == "\n" else name


def _progress(stage: Any, share: float) -> str:
    """How far a stage came and how long that took: '100 % in 12 min'."""
    if not happened(stage.started_at):
        return ""
    if happened(stage.converged_at):
        return f"{percent(share)} in {duration(stage.converged_at - stage.started_at)}"
    return f"{percent(share)} reached"


def _groups(clusters: Any) -> list[Any]:
    """The clusters of each environment, in the order in which they first went bad."""
    first = clusters["first_bad_at"].fillna(math.inf).to_numpy(float)
    ordered = clusters.iloc[np.argsort(first, kind="stable")]
    return [ordered.index[(ordered["environment"] == environment).to_numpy()]
            for environment in dict.fromkeys(clusters["environment"])]


def _pool(rows: np.ndarray, size: int) -> np.ndarray:
    """Every `size` rows made one by their largest value: an outage of one cluster must not fade away."""
    return np.maximum.reduceat(rows, np.arange(0, len(rows), size), axis=0)


def _apart(places: np.ndarray, room: float) -> np.ndarray:
    """Places for labels, moved down as far as each needs to stand clear of the one above."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + room) if moved else place)
    return np.array(moved)


def _outcome(incident: Any) -> str:
    """How it ended, in words."""
    if happened(incident.recovered_at):
        return f"recovered after {duration(incident.recovered_at - incident.began_at)}"
    return "not recovered"


def _in_brief(span: list[tuple[str, float, float, bool]]) -> str:
    """The three phases in a line: '6 min + 20 min + 26 min'."""
    spent: dict[str, float] = {}
    for name, begin, end, _ in span:
        phase = MILESTONES[name][1]
        spent[phase] = spent.get(phase, 0.0) + end - begin
    return " + ".join(map(duration, spent.values())) + ("" if span[-1][3] else ", not over")


def _short(text: str, most: int = 26) -> str:
    """Cut to what fits beside an axis."""
    return text if len(text) <= most else text[: most - 1] + "…"
