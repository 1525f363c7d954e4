"""How incidents went: from the merge to the first effect, to notice, decide and recover."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.results.notable import worst_incidents
from simulator.results.plots.axes import time_axis
from simulator.results.plots.look import BLUE, GREEN, MUTED, ORANGE, SKY, cut_short, inches_wide, say_only
from simulator.results.words import duration, happened, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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

#: More incidents than this can't be read from the back of a room.
MOST_INCIDENTS = 10


def height(run: Any) -> float:
    """Inches, at a width of 12."""
    return 4.8 if len(run.incidents) == 1 else 2.2 + 0.62 * max(2, min(len(run.incidents), MOST_INCIDENTS))


def draw(run: Any, ax: Axes) -> None:
    """One incident: a bar for each step, one below the other. Several: a row each, the worst first."""
    incidents = list(worst_incidents(run).itertuples())
    if not incidents:
        say_only(ax, "Incidents", "no incident: no alert fired")
        return
    one = len(incidents) == 1
    rows = _one_incident(run, ax, incidents[0]) if one else _many_incidents(run, ax, incidents)
    ax.set_ylim(rows - 0.4, -0.6)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")


# --- what an incident consists of ------------------------------------------------------------------------


def prelude(incident: Any) -> list[tuple[str, float, float]]:
    """What came before an incident began, as (name, begin, end): the change on its way, its defect unseen."""
    before = [
        ("merged to\nfirst effect", incident.changed_at, incident.bitten_at),
        ("unseen by\nthe alert", incident.bitten_at, incident.began_at),
    ]
    return [part for part in before if happened(part[1]) and part[2] > part[1]]


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


# --- one of them -----------------------------------------------------------------------------------------


def _one_incident(run: Any, ax: Axes, incident: Any) -> int:
    """A waterfall: each step begins where the one before has ended. Returns the number of its rows."""
    bars, last, told = _waterfall(incident, run.scenario.spec.horizon)
    time_axis(ax, run, *_around(bars[0][2], last))
    for row, (_, colour, begin, end, reached) in enumerate(bars):
        shown = min(end, last)
        ax.barh(row, shown - begin, left=begin, height=0.62, color=colour, zorder=3, alpha=1 if reached else 0.45)
        # A bar too short to see still has a place
        ax.plot([begin, begin], [row - 0.31, row + 0.31], color=colour, lw=2, zorder=3)
        note = "" if reached else ", not over when the run ends  »"
        _beside(ax, row, begin, shown, duration(end - begin) + note)
        if row:
            ax.plot([begin, begin], [row - 0.69, row - 0.31], color=MUTED, lw=1, zorder=2)
    _hatch_wait(run, ax, incident, len(bars) - 1, 0.62)
    ax.set_yticks(range(len(bars)), [bar[0] for bar in bars])
    cause = f" ({incident.cause})" if incident.cause else ""
    ax.set_title(f"The incident{cause}{told}: {_outcome(incident)}")
    if ax.get_legend_handles_labels()[0]:
        ax.legend(loc="upper right")
    return len(bars)


def _waterfall(incident: Any, horizon: float) -> tuple[list[tuple[str, str, float, float, bool]], float, str]:
    """The bars as (name, colour, begin, end, reached), where the picture ends, and what is only told."""
    bars = [
        (MILESTONES[name][0], MILESTONES[name][2], begin, end, reached)
        for name, begin, end, reached in phases(incident, horizon)
    ]
    began, last = incident.began_at, bars[-1][3]
    lasted = last - began
    if not bars[-1][4]:
        # To scale, days without an end would leave no room for the minutes before
        last = min(last, bars[-1][2] + max(3 * (bars[-1][2] - began), 600))
    before = prelude(incident)
    if before and began - before[0][1] > 3 * lasted:
        # To scale, a week on the way would leave no room for the minutes that followed
        return bars, last, f", {duration(began - before[0][1])} after the merge"
    return [(name, "#B5BDBF", begin, end, True) for name, begin, end in before] + bars, last, ""


# --- several ---------------------------------------------------------------------------------------------


def _many_incidents(run: Any, ax: Axes, incidents: list[Any]) -> int:
    """A row for each incident, the worst first; its three phases side by side, written at its end."""
    shown = incidents[:MOST_INCIDENTS]
    spans = [phases(incident, run.scenario.spec.horizon) for incident in shown]
    begin, end = _around(min(i.began_at for i in shown), max(span[-1][2] for span in spans), 0.55)
    time_axis(ax, run, begin, end)
    for row, (incident, span) in enumerate(zip(shown, spans, strict=True)):
        for name, since, until, reached in span:
            colour = PHASE_COLOURS[MILESTONES[name][1]]
            ax.barh(
                row,
                until - since,
                left=since,
                height=0.5,
                color=colour,
                edgecolor=colour,
                lw=1.5,
                alpha=1 if reached else 0.45,
                zorder=3,
            )
        _hatch_wait(run, ax, incident, row, 0.5)
        _beside(ax, row, incident.began_at, span[-1][2], _in_brief(span))
    ax.set_yticks(range(len(shown)), [cut_short(f"{i.incident}: {i.cause or i.alert}") for i in shown])
    more = len(incidents) - len(shown)
    ax.set_title(f"{plural(len(incidents), 'incident')}" + (f", the worst {len(shown)}" if more else ""))
    _phase_legend(ax)
    return len(shown)


def _phase_legend(ax: Axes) -> None:
    """The colours of the phases, above the axes."""
    from matplotlib.patches import Patch

    handles = [Patch(color=colour, label=phase) for phase, colour in PHASE_COLOURS.items()]
    handles += ax.get_legend_handles_labels()[0]
    ax.legend(
        handles=handles,
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=4,
        borderaxespad=0.2,
        handlelength=1.3,
        columnspacing=1.2,
    )


# --- what both have --------------------------------------------------------------------------------------


def _around(begin: float, end: float, room: float = 0.2) -> tuple[float, float]:
    """A window with room for a label at its right, as a share of what is shown."""
    length = max(end - begin, 1.0)
    return max(0.0, begin - 0.04 * length), end + room * length


def _beside(ax: Axes, row: int, begin: float, end: float, text: str) -> None:
    """Text to the right of a bar, or to its left, or (on a bar too long for both) on it."""
    left, right = ax.get_xlim()
    long = 0.09 * (len(text) + 2) / inches_wide(ax) * (right - left)  # a character takes 0.09 inches
    if end + long < right:
        place, shift, side = end, 7, "left"
    elif begin - long > left:
        place, shift, side = begin, -7, "right"
    else:
        place, shift, side = end, -7, "right"
    ax.annotate(
        text, (place, row), xytext=(shift, 0), va="center", textcoords="offset points", ha=side, fontsize=12, zorder=5
    )


def _hatch_wait(run: Any, ax: Axes, incident: Any, row: int, height: float) -> None:
    """Hatch the part of the recovery in which the remedy waited for what it needs."""
    if not (happened(incident.waited_s) and incident.waited_s > 0 and happened(incident.decided_at)):
        return
    over = incident.recovered_at if happened(incident.recovered_at) else run.scenario.spec.horizon
    told = run.timeline[(run.timeline["incident"] == incident.incident) & (run.timeline["step"] == "remedy waits")]
    begin = np.minimum(told["at"].to_numpy(float), over)
    lasts = np.fmin(told["until"].fillna(over).to_numpy(float), over) - begin
    labels = ax.get_legend_handles_labels()[1]
    what = f"waits for {incident.waited_for}" if incident.waited_for else "waits for a prerequisite"
    label = "remedy waits" if len(run.incidents) > 1 else f"{what}, {duration(incident.waited_s)}"
    ax.barh(
        np.full(len(told), row),
        lasts,
        left=begin,
        height=height,
        color="none",
        edgecolor="white",
        hatch="///",
        lw=0,
        zorder=4,
    )
    if label not in labels:
        ax.fill_between([], [], facecolor=GREEN, edgecolor="white", hatch="///", label=label)


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
