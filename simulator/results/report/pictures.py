"""The pictures of the report, as data URIs: the page needs no other file."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Any

from simulator.results.notable import shown_changes
from simulator.results.plots import heatmap, side_by_side, style

#: A drawing larger than this is embedded as pixels, which stay the same size however many steps it has.
LARGEST_SVG = 300_000

#: How to read the rollout.
ROLLOUT = (
    "Each lane is a stage and fills up as the change reaches its nodes; the hatched part is the bake time, "
    "in which the rollout only watches."
)

#: Pictures in the order of the report: method, heading, how to read it.
PICTURES = (
    (
        "blast_radius",
        "Who was hit, and when",
        "The higher the curve, the larger the part of the fleet that is out of order at that time; "
        "the dashed vertical line is when an alert noticed it.",
    ),
    (
        "states",
        "What the nodes were doing",
        "Each colour is a state and its height the number of nodes in it; what is broken stands at the bottom.",
    ),
    (
        "rollout",
        "How far the change came",
        ROLLOUT,
    ),
    (
        "side_by_side",
        "Side by side",
        "A lane for each part of the fleet: the height of a colour is the share of its nodes in that state, the black "
        "line the share that runs the newest version released for it.",
    ),
    (
        "heatmap",
        "Which clusters were hit",
        "Each row is a cluster (or, in large fleets, the worst of a few), time runs to the right, and the "
        "darker it is, the more of its nodes are bad.",
    ),
    (
        "timeline",
        "From the first effect to the recovery",
        "Each bar is as long as its step took; white hatching is time in which the remedy waited for something "
        "it needs.",
    ),
)

#: How to read the heat map when no node was bad.
AFFECTED = (
    "Each row is a cluster (or, in large fleets, the worst of a few), time runs to the right, and "
    "the darker it is, the longer a component or a service of it was down."
)


#: How to read the time line of an incident.
INCIDENT = (
    "At the top the part of the fleet that was hit; below it the moments of the outage, what was down because of it, "
    "and what people did; then each remedy, hatched while it waits and solid while it acts. Crossed hatching is a "
    "remedy that waits for what it should repair."
)


@dataclass(frozen=True)
class Picture:
    """A picture inside the page: its data as a URI, what it says in words, how to read it."""

    name: str
    heading: str
    reading: str
    alt: str
    uri: str


def draw_all(run: Any) -> list[Picture]:
    """The pictures that have something to show, in their order."""
    well = not run.exposure[["bad_nodes", "bad_clusters"]].to_numpy().any()
    empty = {"blast_radius": well, "heatmap": well, "timeline": not len(run.incidents), "rollout": not len(run.stages)}
    empty["side_by_side"] = side_by_side.by(run) is None
    other = {"heatmap": AFFECTED} if heatmap.shows(run) == "clusters" else {}
    if which := shown_changes(run):
        other["rollout"] = f"{ROLLOUT} Shown are {which}."
    return [
        draw(run, name, heading, other.get(name, reading)) for name, heading, reading in PICTURES if not empty.get(name)
    ]


def draw_incident(run: Any, number: int, heading: str) -> Picture:
    """The time line of one incident."""
    return draw(run, "incident", heading, INCIDENT, number)


def draw(run: Any, name: str, heading: str, reading: str, *which: int) -> Picture:
    """One picture on a figure of its own, without pyplot: no backend, no global state."""
    from matplotlib.figure import Figure

    with style():
        figure = Figure(figsize=(12, run.plot.height(name, *which)), layout="constrained")
        ax = getattr(run.plot, name)(*which, figure.subplots())
        title = ax.get_title(loc="left")
        return Picture(name, heading, reading, f"{title}. {reading}", embed(figure))


def embed(figure: Any) -> str:
    """A figure as a data URI: SVG with real text while that is small, else PNG. No date, no random ids."""
    import matplotlib

    drawn = io.BytesIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "paddock"}):
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    kind = "svg+xml"
    if drawn.tell() > LARGEST_SVG:
        drawn, kind = io.BytesIO(), "png"
        figure.savefig(drawn, format="png", dpi=150, metadata={"Software": None})
    return f"data:image/{kind};base64,{base64.b64encode(drawn.getvalue()).decode()}"
