"""One incident as a postmortem shows it: lanes below one another, from the change to the recovery.

From the top: who was hit; the moments of the outage; what was down because of it; what people did; each remedy, hatched
while it waits and solid while it acts. The y axis is in inches, so that text always finds its place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.results.notable import worst_incidents
from simulator.results.plots.axes import time_axis
from simulator.results.plots.curves import steps
from simulator.results.plots.labels import is_right, rows_of
from simulator.results.plots.look import (
    FAINT,
    GREEN,
    INK,
    MUTED,
    PURPLE,
    SKY,
    VERMILION,
    cut_short,
    inches_wide,
    say_only,
)
from simulator.results.plots.timeline import MILESTONES
from simulator.results.words import clock, count, duration, happened, percent, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Inches: the panel of who was hit, a lane's bar, a row of names below it, the space between lanes.
PANEL, BAR, ROW, SPACE = 1.25, 0.26, 0.22, 0.2
#: Inches for the title with its legend, and for the time axis; width of the axes while nobody has laid them out.
ABOVE, BELOW, WIDE = 0.95, 0.8, 9.6
#: Inches between two moments below which they are named together.
NEAR = 0.12
#: So many components and services, and so many remedies, can be told apart.
MOST = 5

#: What the moments of the outage and of the people are called.
_OUTAGE = {
    "changed": "change",
    "first bite": "first bite",
    "first symptom": "first symptom",
    "service down": "down",
    "rollout stopped": "rollout stopped",
    "at worst": "at worst",
    "half recovered": "half right",
    "90 % recovered": "90 % right",
    "all right": "all right",
    "relapsed": "relapse",
}
_PEOPLE = {
    "alert fires": "alert",
    "paged": "page",
    "acknowledged": "looks",
    "wrong diagnosis": "wrong diagnosis",
    "diagnosed": "knows the cause",
    "decided": "decides",
}
#: The bar from one moment of the people to the next takes the colour that the picture of all incidents gives it.
_COLOUR_OF = {
    "alert fires": MILESTONES["detected_at"][2],
    "paged": MILESTONES["paged_at"][2],
    "acknowledged": MILESTONES["acknowledged_at"][2],
    "wrong diagnosis": VERMILION,
    "diagnosed": MILESTONES["diagnosed_at"][2],
    "decided": MILESTONES["decided_at"][2],
}


@dataclass
class Lane:
    """One lane. bars: (begin, end, look); names: (at, words, colour) of what stands below the bars."""

    name: str
    bars: list[tuple[float, float, dict[str, Any]]] = field(default_factory=list)
    names: list[tuple[float, str, str]] = field(default_factory=list)


def height(run: Any, number: int = 0) -> float:
    """Inches, at a width of 12."""
    chosen = _chosen(run, number)
    if chosen is None:
        return 3.0
    told, course = _data(run, chosen)
    begin, end = window(told, chosen, run.scenario.spec.horizon)
    lanes = _lanes(run, told, chosen, begin, end)
    rows = sum(_inches(lane, (end - begin) / WIDE, begin, end) for lane in lanes)
    return ABOVE + PANEL + SPACE + rows + len(_down(course)) * (BAR + SPACE) + BELOW


def draw(run: Any, ax: Axes, number: int = 0) -> None:
    """Draw the lanes, and one line through all of them where it was over."""
    chosen = _chosen(run, number)
    if chosen is None:
        say_only(ax, "The incident", "no incident: no alert fired")
        return
    told, course = _data(run, chosen)
    begin, end = window(told, chosen, run.scenario.spec.horizon)
    time_axis(ax, run, begin, end)
    per_inch, ticks = (end - begin) / inches_wide(ax), []
    _hit(run, ax, course, chosen, begin, end)
    ticks.append((PANEL / 2, f"{_hit_word(chosen)} by\n{cut_short(chosen.cause or 'nobody knows', 18)}"))
    lanes = _lanes(run, told, chosen, begin, end)
    y = _lane(ax, lanes[0], PANEL + SPACE, per_inch, begin, end, ticks)
    for name in _down(course):
        _symptom(ax, course, name, y, begin, end)
        most = plural(course[name].max(), "cluster")
        ticks.append((y + BAR / 2, f"{cut_short(f'{name} down', 24)}\nin up to {most}"))
        y += BAR + SPACE
    for lane in lanes[1:]:
        y = _lane(ax, lane, y, per_inch, begin, end, ticks)
    ax.set_ylim(y, 0)
    ax.set_yticks([at for at, _ in ticks], [name for _, name in ticks])
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    _over(run, ax, chosen, end)
    ax.set_title(_title(told, chosen, begin), pad=34)


# --- which, and when -------------------------------------------------------------------------------------


def _chosen(run: Any, number: int) -> Any:
    """The row of an incident by its number; 0: the worst. None where there is none at all."""
    incidents = worst_incidents(run) if number == 0 else run.incidents[run.incidents["incident"] == number]
    if number and not len(incidents):
        raise ValueError(f"there is no incident {number}: this run has {len(run.incidents)}")
    return next(incidents.itertuples(), None)


def _data(run: Any, chosen: Any) -> tuple[Any, Any]:
    """Its steps and its course."""
    return run.timeline[run.timeline["incident"] == chosen.incident], run.course(int(chosen.incident))


def _down(course: Any) -> list[str]:
    """The components and services to show: those that were down in most clusters."""
    names = [name for name in course.columns if name not in ("nodes", "clusters") and course[name].any()]
    # What kinds of clients get of the API is of interest where the API itself is not the answer
    names = [name for name in names if not (name.startswith("api.") and course[name].equals(course.get("api")))]
    return sorted(names, key=lambda name: (-course[name].max(), course[name].ne(0).to_numpy().argmax()))[:MOST]


def window(told: Any, chosen: Any, horizon: float) -> tuple[float, float]:
    """What part of the run is shown: the incident, and what came before and after it as far as that leaves it room."""
    core = told[~told["step"].isin(["changed", "first bite", "first symptom", "relapsed", "all right", "service down"])]
    core = core[~core["step"].isin(["at worst", "half recovered", "90 % recovered"])] if chosen.alert else told
    first = float(chosen.began_at)
    last = max([first, *core.loc[core["at"] >= first, "at"], *(u for u in core["until"] if happened(u))])
    length = max(last - first, 60.0)
    before = [at for at in told["at"] if first - 3 * length <= at < first]
    after = [at for at in told["at"] if last < at <= last + length]
    begin, end = min([first, *before]), max([last, *after])
    length = max(end - begin, 60.0)
    if not happened(chosen.recovered_at):
        end = min(end + max(0.5 * length, 600.0), horizon)
    return max(0.0, begin - 0.03 * length), end + (0.2 if happened(chosen.recovered_at) else 0.02) * length


def _title(told: Any, chosen: Any, begin: float) -> str:
    """'Incident 1: telemetry, recovered after 1 h 11 min'."""
    over = "not recovered"
    if happened(chosen.recovered_at):
        over = f"recovered after {duration(chosen.recovered_at - chosen.began_at)}"
    early = f", {duration(chosen.began_at - chosen.changed_at)} after the change" if chosen.changed_at < begin else ""
    return f"Incident {chosen.incident}: {cut_short(chosen.cause or chosen.alert)}{early}, {over}"


# --- who was hit -----------------------------------------------------------------------------------------


def _hit_word(chosen: Any) -> str:
    """Planned work takes out of service what a condition would hit."""
    return "taken out" if chosen.nodes_hit and not happened(chosen.bitten_at) else "hit"


def _hit(run: Any, ax: Axes, course: Any, chosen: Any, begin: float, end: float) -> None:
    """The shares of all clusters and of all nodes that were hit, as filled steps, with their largest values."""
    sizes = {"clusters": len(run.clusters), "nodes": len(run.nodes)}
    until = min(end, run.scenario.spec.horizon)
    edges, values = steps(course.index, course[list(sizes)] / list(sizes.values()), begin, until)
    top = max(values.max(), 1e-12) * 1.12
    word = _hit_word(chosen)
    for k, (name, colour) in enumerate((("clusters", SKY), ("nodes", VERMILION))):
        worst = course[name].max()
        if worst:
            share = percent(worst / sizes[name])
            ax.stairs(
                PANEL * (1 - values[:, k] / top),
                edges,
                baseline=PANEL,
                fill=True,
                facecolor=colour,
                edgecolor=colour,
                lw=1.0,
                zorder=2 + k / 10,
                label=f"{name} {word}: at worst {count(worst)} of {count(sizes[name])} ({share})",
            )
    ax.plot([begin, end], [PANEL, PANEL], color=MUTED, lw=0.8, zorder=3)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(
            loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.1, handlelength=1.3, columnspacing=1.6
        )


def _symptom(ax: Axes, course: Any, name: str, y: float, begin: float, end: float) -> None:
    """A component or a service that was down because of it: the higher, the more clusters."""
    edges, values = steps(course.index, course[name], begin, end)
    share = values / course[name].max()
    ax.plot([begin, end], [y + BAR, y + BAR], color=FAINT, lw=0.8, zorder=1)
    floor = y + BAR
    ax.stairs(
        np.where(share > 0, floor - BAR * np.maximum(share, 0.12), np.nan),
        edges,
        baseline=floor,
        fill=True,
        facecolor=PURPLE,
        edgecolor=PURPLE,
        lw=0.8,
        zorder=2,
    )


# --- lanes -----------------------------------------------------------------------------------------------


def _lanes(run: Any, told: Any, chosen: Any, begin: float, end: float) -> list[Lane]:
    """The moments of the outage, the people, and a lane for each remedy."""
    start = run.scenario.spec.start
    shown = told[(told["at"] >= begin) & (told["at"] <= end)]
    near = NEAR * (end - begin) / WIDE
    return [
        _moments(shown, start, near),
        _people(shown, chosen, start, end, near),
        *[_remedy(name, mine, end) for name, mine in _by_remedy(told)[:MOST]],
    ]


def _together(names: list[tuple[float, str, str]], start: Any, near: float) -> list[tuple[float, str, str]]:
    """Moments with the clock, in the order of time; those too near one another to tell apart are named together."""
    joined: list[tuple[float, list[str], float, str]] = []
    for at, word, colour in sorted(names, key=lambda name: name[0]):
        if joined and at - joined[-1][0] <= near and colour == joined[-1][3]:
            joined[-1] = (joined[-1][0], [*joined[-1][1], word], at, colour)
        else:
            joined.append((at, [word], at, colour))
    made = []
    for first, words, last, colour in joined:
        since, until = clock(start, first), clock(start, last)
        made.append((first, f"{', '.join(words)} {since}" + (f"–{until}" if until != since else ""), colour))
    return made


def _moments(told: Any, start: Any, near: float) -> Lane:
    """When what happened."""
    lane, names = Lane("the outage"), []
    for step in told[told["step"].isin(list(_OUTAGE))].itertuples():
        word = _OUTAGE[step.step]
        if step.step in ("first symptom", "service down") and step.counted == "clusters":
            word = f"{step.subject} down" if step.step == "service down" else f"{word} ({step.subject})"
        names.append((step.at, word, INK))
    lane.names = _together(names, start, near)
    return lane


def _people(told: Any, chosen: Any, start: Any, end: float, near: float) -> Lane:
    """From what the alert could see to the decision."""
    lane = Lane("people")
    over = chosen.recovered_at if happened(chosen.recovered_at) else end
    if not chosen.alert:
        lane.bars.append((chosen.began_at, over, {"facecolor": FAINT}))
        told_by = (
            f"its alert was that of incident {chosen.covered_by}" if chosen.covered_by else "no alert told anybody"
        )
        lane.names.append((chosen.began_at, told_by, MUTED))
        return lane
    now = chosen.began_at
    for step in told[told["step"].isin(list(_PEOPLE))].itertuples():
        lane.bars.append((now, step.at, {"facecolor": _COLOUR_OF[step.step]}))
        colour = VERMILION if step.step == "wrong diagnosis" else INK
        lane.names.append((step.at, _PEOPLE[step.step], colour))
        now = step.at
    lane.names = _together(lane.names, start, near)
    return lane


def _by_remedy(told: Any) -> list[tuple[str, Any]]:
    """The steps of each remedy, in the order in which they were first thought of."""
    steps_ = told[told["step"].isin(["remedy refused", "remedy waits", "remedy started"])]
    return [(name, steps_[steps_["subject"] == name]) for name in dict.fromkeys(steps_["subject"])]


def _remedy(name: str, mine: Any, end: float) -> Lane:
    """Hatched while it waits (red where it waits for what it should repair), solid while it acts."""
    lane = Lane(cut_short(name, 24))
    for step in mine.itertuples():
        until = step.until if happened(step.until) else end
        acts = step.step == "remedy started" and happened(step.until)
        stands = _stands_still(mine, step.at, until) if acts else 0.0
        lasts = duration(until - step.at - stands) if happened(step.until) else "not over »"
        if step.step == "remedy refused":
            lane.bars.append((step.at, step.at, {"facecolor": VERMILION}))
            lane.names.append((step.at, cut_short(step.note.partition(" is ")[2], 70), VERMILION))
        elif step.step == "remedy waits":
            colour = VERMILION if step.circular else MUTED
            hatch = "xxx" if step.circular else "///"
            lane.bars.append((step.at, until, {"facecolor": "white", "edgecolor": colour, "hatch": hatch, "lw": 1.2}))
            why = " ↻ needs what it should repair" if step.circular else ""
            lane.names.append((step.at, f"waits for {step.waits_for}, {lasts}{why}", colour))
        else:
            lane.bars.append((step.at, until, {"facecolor": GREEN}))
            lane.names.append((step.at, f"acts, {lasts}", INK))
    return lane


def _stands_still(mine: Any, since: float, until: float) -> float:
    """How long a remedy waits while it is at work."""
    waits = mine[(mine["step"] == "remedy waits") & (mine["at"] >= since) & (mine["at"] < until)]
    ends = np.fmin(waits["until"].fillna(until).to_numpy(float), until)
    return float((ends - waits["at"].to_numpy(float)).sum())


def _inches(lane: Lane, per_inch: float, begin: float, end: float) -> float:
    """How tall a lane is."""
    rows = rows_of([n[0] for n in lane.names], [n[1] for n in lane.names], per_inch, begin, end)
    return BAR + ROW * (max(rows, default=-1) + 1) + SPACE


def _lane(
    ax: Axes, lane: Lane, y: float, per_inch: float, begin: float, end: float, ticks: list[tuple[float, str]]
) -> float:
    """Draw a lane that begins at a height; returns where the next one does."""
    ticks.append((y + BAR / 2, lane.name))
    middle = y + BAR / 2
    ax.plot([begin, end], [middle, middle], color=FAINT, lw=1.2, zorder=1)
    for since, until, look in lane.bars:
        shown = min(until, end)
        ax.barh(middle, shown - since, left=since, height=BAR, zorder=3, **{"lw": 0, **look})
        if shown <= since or (shown - since) < 0.02 * per_inch:  # a bar too short to see still has a place
            ax.plot([since, since], [y, y + BAR], color=look.get("edgecolor", look["facecolor"]), lw=2, zorder=3)
    rows = rows_of([n[0] for n in lane.names], [n[1] for n in lane.names], per_inch, begin, end)
    for (at, words, colour), row in zip(lane.names, rows, strict=True):
        below = y + BAR + ROW * (row + 0.55)
        ax.plot([at, at], [middle if not lane.bars else y + BAR, below + 0.06], color=colour, lw=0.9, zorder=4)
        if not lane.bars:
            ax.plot([at], [middle], marker="D", ms=6, color=colour, zorder=5)
        right = is_right(at, words, per_inch, end)
        ax.annotate(
            words,
            (at, below),
            xytext=(4 if right else -4, 0),
            textcoords="offset points",
            ha="left" if right else "right",
            va="center",
            fontsize=11,
            color=colour,
            zorder=6,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.6},
        )
    return y + _inches(lane, per_inch, begin, end)


def _over(run: Any, ax: Axes, chosen: Any, end: float) -> None:
    """A line through all lanes at the recovery, or a word that it was not over."""
    at = chosen.recovered_at
    if happened(at):
        ax.axvline(at, color=GREEN, lw=2, zorder=2.5)
        words, colour, shift, side = f"recovered\n{clock(run.scenario.spec.start, at)}", GREEN, 6, "left"
    else:
        at, words, colour, shift, side = end, "not over when the run ends »", MUTED, -6, "right"
    ax.annotate(
        words,
        (at, 0.08),
        xytext=(shift, 0),
        textcoords="offset points",
        ha=side,
        va="top",
        fontsize=11,
        color=colour,
        fontweight="bold",
        zorder=6,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.5},
    )
