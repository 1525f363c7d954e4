"""The progress of rollouts: a lane for each stage, filled as far as the change has reached it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.results.notable import notable_changes, shown_changes, stage_name
from simulator.results.plots.axes import focus, mark_detections, time_axis, times_of
from simulator.results.plots.curves import steps
from simulator.results.plots.look import (
    FAINT,
    GREEN,
    MUTED,
    ORANGE,
    SKY,
    VERMILION,
    YELLOW,
    cut_short,
    inches_tall,
    say_only,
)
from simulator.results.words import duration, happened, percent, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

VERDICT_COLOURS = {
    "done": GREEN,
    "running": SKY,
    "incomplete": ORANGE,
    "paused": ORANGE,
    "aborted": VERMILION,
    "not started": MUTED,
}

#: More lanes than this can't be read from the back of a room.
MOST_LANES = 10
#: How high the curve of a full lane rises; lanes are 1 apart.
LANE = 0.76


def height(run: Any) -> float:
    """Inches, at a width of 12."""
    return 2.0 + 0.85 * max(2, len(_lanes(run)[0]))


def draw(run: Any, ax: Axes) -> None:
    """The stages of the notable changes, one below the other, each with its verdict at the right."""
    lanes, more = _lanes(run)
    if not lanes:
        say_only(ax, "The rollout", "no change was rolled out")
        return
    begin, end = _window(run, lanes)
    time_axis(ax, run, begin, end)
    between = "\n" if inches_tall(ax) > 0.5 * len(lanes) else "  "
    changes = list(dict.fromkeys(stage.change for stage in lanes))
    for row, stage in enumerate(lanes):
        reach = _reach_of(run, stage)
        _lane(ax, run, stage, reach, -row)
        _verdict(ax, stage, LANE / 2 - row, reach["share"].iloc[-1] if len(reach) else 0.0, between)
    ax.set_ylim(-len(lanes) + 0.85, 1.25)
    ax.set_yticks(
        [LANE / 2 - row for row in range(len(lanes))],
        [_lane_label(stage, len(changes) > 1, between) for stage in lanes],
    )
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    for at, word in mark_detections(ax, run, begin, end):
        ax.annotate(word, (at, 1.22), xytext=(6, 0), textcoords="offset points", va="top", fontsize=11)
    one, which = len(changes) == 1, shown_changes(run)
    title = f"The rollout of {changes[0]}" if one else f"The rollouts of {len(changes)} changes"
    notes = ([which] if which else []) + ([f"{plural(more, 'stage')} left out"] if more else [])
    ax.set_title(title + (f" ({'; '.join(notes)})" if notes else ""))


def _lanes(run: Any) -> tuple[list[Any], int]:
    """The stages to draw, those of the most notable change first; and how many more there are."""
    chosen = notable_changes(run)
    rank = {change: place for place, change in enumerate(chosen)}
    stages = [stage for stage in run.stages.itertuples() if stage.change in rank]
    stages.sort(key=lambda stage: (rank[stage.change], stage.number))
    return stages[:MOST_LANES], len(stages) - len(stages[:MOST_LANES])


def _window(run: Any, lanes: list[Any]) -> tuple[float, float]:
    """The part in which it was decided, or the time from the first merge to the end of the last stage."""
    horizon = run.scenario.spec.horizon
    begin, end = focus(run)
    if end - begin < horizon:
        return begin, end
    shown = run.changes[run.changes["change"].isin([stage.change for stage in lanes])]
    ends = [stage.ended_at if happened(stage.ended_at) else horizon for stage in lanes if happened(stage.started_at)]
    begin, end = shown["at"].min(), max(ends, default=horizon)
    margin = 0.05 * (end - begin) + 30
    return max(0.0, begin - margin), min(end + margin, horizon)


def _reach_of(run: Any, stage: Any) -> Any:
    """How far a stage has come: its part of the table `reach`."""
    return run.reach[(run.reach["change"] == stage.change) & (run.reach["number"] == stage.number)]


def _lane(ax: Axes, run: Any, stage: Any, reach: Any, base: float) -> None:
    """One stage: the share reached as a filled step curve, and its bake hatched."""
    begin, end = ax.get_xlim()
    colour = VERDICT_COLOURS.get(stage.verdict, MUTED)
    ax.hlines([base, base + LANE], begin, end, color=FAINT, lw=1, zorder=1)
    if len(reach) and reach["at"].iloc[0] < end:
        edges, share = steps(times_of(reach), reach["share"], max(begin, reach["at"].iloc[0]), end)
        ax.stairs(base + LANE * share, edges, baseline=base, fill=True, color=colour, alpha=0.2, lw=0)
        ax.stairs(base + LANE * np.r_[0, share], np.r_[begin, edges], baseline=None, color=colour, lw=2)
    since = stage.converged_at
    if stage.verdict == "incomplete" and happened(stage.ended_at):  # it baked without the targets that are missing
        since = stage.ended_at - stage.bake_s
    if stage.bake_s > 0 and happened(since):
        baked = stage.ended_at if happened(stage.ended_at) else run.scenario.spec.horizon
        _bake(ax, since, min(baked, since + stage.bake_s), base)


def _bake(ax: Axes, since: float, until: float, base: float) -> None:
    """Hatch the bake of a stage, with how long it was beside it, where there is room."""
    begin, end = ax.get_xlim()
    ax.fill_betweenx(
        [base, base + LANE], since, until, facecolor=YELLOW, alpha=0.5, hatch="///", edgecolor="#B8A800", lw=0, zorder=2
    )
    after = until < begin + 0.85 * (end - begin)
    place, shift, side = (until, 6, "left") if after else (since, -6, "right")
    ax.annotate(
        f"bake {duration(until - since)}",
        (place, base + LANE / 2),
        ha=side,
        va="center",
        xytext=(shift, 0),
        textcoords="offset points",
        fontsize=11,
        zorder=5,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 1.5},
    )


def _verdict(ax: Axes, stage: Any, middle: float, share: float, between: str) -> None:
    """How a stage ended, to the right of its lane: its verdict in bold, and how far it came."""
    colour = VERDICT_COLOURS.get(stage.verdict, MUTED)
    progress = _progress(stage, share)
    stacked = between == "\n" and progress
    verdict = ax.annotate(
        stage.verdict,
        (1, middle),
        xycoords=ax.get_yaxis_transform(),
        xytext=(8, 1),
        va="bottom" if stacked else "center",
        textcoords="offset points",
        fontweight="bold",
        color=colour,
        annotation_clip=False,
    )
    corner, shift, side = ((0, 0), (0, -2), "top") if stacked else ((1, 0), (8, 1), "bottom")
    ax.annotate(
        progress,
        corner,
        xycoords=verdict,
        xytext=shift,
        textcoords="offset points",
        va=side,
        fontsize=11,
        color=MUTED,
        annotation_clip=False,
    )


def _lane_label(stage: Any, with_change: bool, between: str) -> str:
    """'staging', with its change if there are several, and below it its size if there is room."""
    name = cut_short(f"{stage.change}: {stage_name(stage)}" if with_change else stage_name(stage))
    return f"{name}\n{plural(stage.nodes, 'node')}" if between == "\n" else name


def _progress(stage: Any, share: float) -> str:
    """How far a stage came and how long that took: '100 % in 12 min'."""
    if not happened(stage.started_at):
        return ""
    if happened(stage.converged_at):
        return f"{percent(share)} in {duration(stage.converged_at - stage.started_at)}"
    return f"{percent(share)} reached"
