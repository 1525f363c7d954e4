"""Parts of the fleet side by side: a lane for each operating system (or fleet entry), with its nodes by state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.results.plots.axes import focus, time_axis
from simulator.results.plots.curves import steps
from simulator.results.plots.look import FAINT, INK, MUTED, cut_short
from simulator.results.plots.states import STATE_COLOURS
from simulator.results.words import count, figure, percent, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: More lanes than this can't be read.
MOST_LANES = 12
#: How high a lane is; lanes are 1 apart.
LANE = 0.8
#: Columns of the legend, which stands between the title and the lanes.
COLUMNS = 5


def by(run: Any) -> str | None:
    """What makes the parts of this run: its operating systems or, where one of them is set up in several ways, its
    fleet entries; None where there is nothing to lay side by side."""
    fleet = run.scenario.spec.fleet
    systems = [pool.os for entry in fleet for pool in entry.pools]
    names, ways = {os.name for os in systems}, {os.model_dump_json() for os in systems}
    if len(names) < len(ways) and len(fleet) <= MOST_LANES:
        return "fleet"
    return "os" if len(names) > 1 else None


def height(run: Any) -> float:
    """Inches, at a width of 12."""
    return 2.3 + 1.15 * min(MOST_LANES, len(run.side_by_side(by(run) or "os")))


def draw(run: Any, ax: Axes) -> None:
    """A lane for each part: the shares of its nodes by state, and as a line the share that runs the newest version
    released for it."""
    what = by(run) or "os"
    table = run.side_by_side(what).head(MOST_LANES)
    begin, end = focus(run)
    time_axis(ax, run, begin, end)
    drawn: dict[str, Any] = {}
    for row, part in enumerate(table.itertuples()):
        _lane(ax, run, what, str(part.part), -row, drawn, begin, end)
        _numbers(ax, part, LANE / 2 - row)
    middles = [LANE / 2 - row for row in range(len(table))]
    ax.set_yticks(middles, [f"{cut_short(str(p.part))}\n{plural(p.nodes, 'node')}" for p in table.itertuples()])
    ax.set_ylim(1 - len(table) - 0.08, 1.05)
    ax.spines["left"].set_visible(False)
    order = [*STATE_COLOURS, NEWEST]
    handles = [drawn[name] for name in sorted(drawn, key=order.index)]
    rows = -(-len(handles) // COLUMNS)
    ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=COLUMNS,
        borderaxespad=0.3,
        handlelength=1.2,
        columnspacing=1.2,
    )
    subject = "Operating systems" if what == "os" else "Parts of the fleet"
    ax.set_title(f"{subject} side by side", pad=12 + 20 * rows)


NEWEST = "on the newest version"


def _lane(
    ax: Axes, run: Any, what: str, part: str, base: float, drawn: dict[str, Any], begin: float, end: float
) -> None:
    states, newest = run.states_of(what, part), run.newest_of(what, part)
    names = [name for name in STATE_COLOURS if name in states.columns]
    edges, values = steps(states.index, states[names], begin, end)
    total = max(values[0].sum(), 1)
    ax.hlines([base, base + LANE], begin, end, color=FAINT, lw=1, zorder=1)
    floor = np.full(len(values), base, float)
    for k, name in enumerate(names):
        share = LANE * values[:, k] / total
        if share.any():
            top = np.where(share > 0, floor + share, np.nan)
            line = 0.0 if name in ("ready", "gone") else 0.6
            drawn[name] = ax.stairs(
                top,
                edges,
                baseline=floor,
                fill=True,
                color=STATE_COLOURS[name],
                lw=line,
                label=name,
                zorder=2 - k / 100,
            )
        floor = floor + share
    if len(newest) and newest.index[0] < end:
        since = max(begin, newest.index[0])
        edges, share = steps(newest.index, newest, since, end)
        drawn[NEWEST] = ax.stairs(base + LANE * share, edges, baseline=None, color=INK, lw=1.8, label=NEWEST, zorder=4)


def _numbers(ax: Axes, part: Any, middle: float) -> None:
    """To the right of a lane what it came to."""
    rollbacks = part.automatic_rollbacks + part.manual_rollbacks
    lines = [
        f"bad {figure(part.bad_node_h)} node-h, at worst {percent(part.worst_bad_share)}",
        f"{count(part.updates)} updates, {count(rollbacks)} rollbacks",
    ]
    if np.isfinite(part.vulnerable_node_d):
        lines.append(f"vulnerable {figure(part.vulnerable_node_d)} node-d")
    ax.annotate(
        "\n".join(lines),
        (1, middle),
        xycoords=ax.get_yaxis_transform(),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        fontsize=10.5,
        color=MUTED,
        annotation_clip=False,
    )
