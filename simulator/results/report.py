"""The report of one run: a single HTML file that begins with the answer and needs nothing but a browser.

`answer` says in a few plain sentences what happened; the command line prints the same ones. `report_html`
puts pictures and tables below them, `write_report` the file on disk. The same run gives the same bytes.
"""

from __future__ import annotations

import base64
import io
import math
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulator.results.plots import (
    clock,
    count,
    date,
    defective,
    duration,
    happened,
    notable_changes,
    percent,
    plural,
    stage_name,
    style,
    worst_incidents,
)

#: A table shows this many rows, the worst; the rest is counted.
ROWS = 20
#: The journal is for study, in a part that is closed at first: it may be longer.
JOURNAL_ROWS = 200
#: A drawing larger than this is embedded as pixels, which stay the same size however many steps it has.
LARGEST_SVG = 300_000

#: Pictures in the order of the report: method, heading, how to read it.
PICTURES = (
    ("blast_radius", "Who was hit, and when",
     "The higher the curve, the larger the part of the fleet that is out of order at that time; "
     "the dashed vertical line is when an alert noticed it."),
    ("states", "What the nodes were doing",
     "Each colour is a state and its height the number of nodes in it; what is broken stands at the bottom."),
    ("rollout", "How far the change came",
     "Each lane is a stage and fills up as the change reaches its nodes; the hatched part is the bake time, "
     "in which the rollout only watches."),
    ("heatmap", "Which clusters were hit",
     "Each row is a cluster (or, in large fleets, the worst of a few), time runs to the right, and the "
     "darker it is, the more of its nodes are bad."),
    ("timeline", "From the first effect to the recovery",
     "Each bar is as long as its step took; white hatching is time in which the remedy waited for something "
     "it needs."),
)

_STEPS = {
    "began_at": "it could be seen: what the alert looks at went wrong",
    "detected_at": "an alert noticed it",
    "paged_at": "somebody was paged",
    "acknowledged_at": "somebody looked",
    "diagnosed_at": "the cause was known",
    "decided_at": "the remedy was decided",
    "recovered_at": "recovered",
}


# --- the answer ------------------------------------------------------------------------------------------

def answer(run: Any) -> list[str]:
    """What happened, in one to four sentences for somebody who reads nothing else."""
    incidents = list(worst_incidents(run).itertuples())
    if not incidents:
        return [_bad_without_incident(run) or _nothing_bad(run), *_changes_made(run)]
    worst = incidents[0]
    sentences = (_damage(run, worst), _course(run, worst), _what_stages_did(run, worst.cause),
                 _the_others(incidents))
    return [sentence for sentence in sentences if sentence]


def _damage(run: Any, incident: Any) -> str:
    """'The change x broke 4,000 of 10,000 nodes (40 %) in 80 of 200 clusters.'"""
    nodes, clusters = len(run.nodes), len(run.clusters)
    if incident.cause in set(run.changes["change"]):
        who = f"The change {incident.cause}"
    else:
        who = f"The fault {incident.cause}" if incident.cause else "A fault"
    where = f"in {count(incident.clusters_hit)} of {plural(clusters, 'cluster')}"
    if incident.nodes_hit:
        return (f"{who} broke {count(incident.nodes_hit)} of {plural(nodes, 'node')} "
                f"({percent(incident.nodes_hit / nodes)}) {where}.")
    if incident.clusters_hit:
        return f"{who} broke something {where}; the nodes themselves stayed well."
    if incident.cause:
        return f"{who} set off the alert {incident.alert}, but broke no node and no cluster."
    return f"The alert {incident.alert} fired without a faulty change or a fault behind it."


def _course(run: Any, incident: Any) -> str:
    """When it was noticed, and when it was over."""
    if not happened(incident.detected_at):
        return _unnoticed(incident)
    unseen = incident.began_at - incident.bitten_at
    if unseen >= 60:
        return f"For {duration(unseen)} no alert could see it; then it {_noticed(run, incident)}"
    return f"It {_noticed(run, incident)}"


def _unnoticed(incident: Any) -> str:
    """The course of what no alert told anybody."""
    if not happened(incident.recovered_at):
        return "No alert noticed it, and it was not over when the run ended."
    lasted = duration(incident.recovered_at - incident.began_at)
    return f"No alert noticed it; it was over after {lasted}."


def _noticed(run: Any, incident: Any) -> str:
    """'was noticed after 6 min and recovered after 52 min.'"""
    over = happened(incident.recovered_at)
    lasted = duration(incident.recovered_at - incident.began_at)
    noticed = f"was noticed after {duration(incident.detected_at - incident.began_at)}"
    if incident.exposure_at_detection > 0:
        noticed += f", with {percent(incident.exposure_at_detection)} of the nodes bad by then,"
    if over:
        return f"{noticed} and recovered after {lasted}."
    so_far = duration(float(run.scenario.spec.horizon) - incident.began_at)
    return f"{noticed} and not recovered when the run ended, {so_far} after it began."


def _stages_of(run: Any, change: str) -> list[Any]:
    """The stages of a change, in their order."""
    return list(run.stages[run.stages["change"] == change].sort_values("number", kind="stable").itertuples())


def _what_stages_did(run: Any, change: str) -> str:
    """Whether a bake or a gate stopped the change before its last stage."""
    stages = _stages_of(run, change)
    stopped = next((s for s in stages if s.verdict in ("paused", "aborted")), None)
    spared = sum(s.nodes for s in stages if s.verdict == "not started")
    if stopped and spared:
        return (f"The rollout was {stopped.verdict} in {_the_stage(stopped)} "
                f"and never reached the {plural(spared, 'node')} after it.")
    passed = [s for s in stages[:-1] if s.verdict == "done" and s.bake_s > 0]
    if not passed:
        return _stopped_short(run, change) if stopped else ""
    bakes = [f"{stage_name(s)} ({duration(s.bake_s)})" for s in passed]
    if len(bakes) == 1:
        return f"The bake after {bakes[0]} caught nothing."
    return f"The bakes after {', '.join(bakes[:-1])} and {bakes[-1]} caught nothing."


def _stopped_short(run: Any, change: str) -> str:
    """How far a change came that was stopped in its last stage."""
    row = next(run.changes[run.changes["change"] == change].itertuples())
    return f"The rollout was stopped after {count(row.reached_nodes)} of {plural(row.nodes, 'node')}."


def _the_stage(stage: Any) -> str:
    """'stage 1', 'the stage staging'."""
    name = stage_name(stage)
    return name if name.startswith("stage ") else f"the stage {name}"


def _the_others(incidents: list[Any]) -> str:
    """How many more incidents there were."""
    if len(incidents) == 1:
        return ""
    still_open = sum(not happened(i.recovered_at) for i in incidents)
    unsolved = f", {count(still_open)} of them not recovered when the run ended" if still_open else ""
    return f"There were {plural(len(incidents), 'incident')} in all{unsolved}; this was the worst."


def _bad_without_incident(run: Any) -> str:
    """The worst moment of a run in which no alert fired."""
    bad = run.exposure["bad_nodes"].to_numpy(float)
    peak, worst_clusters = int(bad.argmax()), run.exposure["bad_clusters"].max()
    if not bad[peak]:
        return (f"At worst {percent(worst_clusters)} of the clusters were bad at once, though no node was; "
                "no alert fired.") if worst_clusters else ""
    when = clock(run.scenario.spec.start, run.exposure["at"].iloc[peak], day=True)
    at_once = round(bad[peak] * len(run.nodes))
    return (f"At worst {count(at_once)} of {plural(len(run.nodes), 'node')} ({percent(bad[peak])}) "
            f"{'was' if at_once == 1 else 'were'} bad at once, on {when}; no alert fired.")


def _nothing_bad(run: Any) -> str:
    horizon = duration(float(run.scenario.spec.horizon))
    return (f"Nothing broke: {plural(len(run.nodes), 'node')} in {plural(len(run.clusters), 'cluster')} "
            f"ran for {horizon} without a bad node.")


def _changes_made(run: Any) -> list[str]:
    """What the changes of a run without incident came to."""
    changes = run.changes
    if not len(changes):
        return ["No change was made."]
    if len(changes) == 1:
        change = next(changes.itertuples())
        reach = f"{count(change.reached_nodes)} of {plural(change.nodes, 'node')}"
        took = f" within {duration(change.converged_at - change.at)}" if happened(change.converged_at) else ""
        return [f"The change {change.change} reached {reach}{took}."]
    unfinished = int((changes["status"] != "done").sum())
    if unfinished:
        return [f"{plural(len(changes), 'change')} were started; {count(unfinished)} did not reach the end."]
    return [f"{plural(len(changes), 'change')} were rolled out to the end."]


def big_numbers(run: Any) -> list[tuple[str, str]]:
    """The figures to remember, each with its name; only those that this run has."""
    numbers = [(percent(run.exposure["bad_nodes"].max()), "of the nodes bad at worst"),
               (percent(run.exposure["bad_clusters"].max()), "of the clusters bad at worst")]
    worst = next(worst_incidents(run).itertuples(), None)
    if worst:
        for at, what in ((worst.detected_at, "until it was noticed"),
                         (worst.recovered_at, "until it was recovered")):
            numbers.append((duration(at - worst.began_at) if happened(at) else "never", what))
    numbers.append((_hours(run.nodes["bad_h"].sum()), "bad node-hours"))
    if len(run.services):
        numbers.append((percent(run.services["availability"].min()), "availability of the worst service"))
    if len(run.changes) and not worst:
        numbers.append((count(len(run.changes)), "change" if len(run.changes) == 1 else "changes"))
    return numbers


# --- tables ----------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Table:
    """A table for people: headings, rows of text, which columns are numbers, and what was left out."""

    caption: str
    headings: list[str]
    rows: list[list[str]]
    numeric: list[bool] = field(default_factory=list)
    left_out: str = ""


#: A column: heading, what of the row to show, how to write it.
Column = tuple[str, str, Callable[[Any], str]]


def _table(caption: str, rows: Any, columns: Iterable[Column], *, most: int = ROWS,
           order: str = "The worst") -> Table:
    """The first rows of a DataFrame that is already in order, the worst first."""
    columns = list(columns)
    shown = [[write(getattr(row, name)) for _, name, write in columns]
             for row in rows.head(most).itertuples()]
    more = len(rows) - len(shown)
    left_out = f"{order} {count(len(shown))} of {count(len(rows))}; {count(more)} left out." if more else ""
    return Table(caption, [heading for heading, _, _ in columns], shown,
                 [write is not _text for *_, write in columns], left_out)


def _text(value: Any) -> str:
    missing = value is None or value != value
    return "–" if missing or value == "" else str(value)


def _spent(seconds: float) -> str:
    """A duration, or a dash where no time was spent at all."""
    return duration(seconds) if seconds else "–"


def _hours(value: float) -> str:
    """Hours with the digits that matter: '0.42', '13.0', '3,120'."""
    return f"{value:,.{0 if value >= 100 or not value else 1 if value >= 10 else 2}f}"


def _when(run: Any) -> Callable[[float], str]:
    """How to write a time of this run: the clock, with the day where there is more than one."""
    start, long = run.scenario.spec.start, float(run.scenario.spec.horizon) > 86400
    return lambda at: clock(start, at, day=long, seconds=not long)


def incidents_table(run: Any) -> Table:
    """All incidents, the worst first."""
    when = _when(run)
    incidents = worst_incidents(run)
    incidents = incidents.assign(noticed=incidents["detected_at"] - incidents["began_at"],
                                 decided=incidents["decided_at"] - incidents["detected_at"],
                                 over=incidents["recovered_at"] - incidents["began_at"])
    return _table("Incidents", incidents, [
        ("Incident", "incident", _text), ("Alert", "alert", _text), ("Cause", "cause", _text),
        ("Began", "began_at", when), ("Noticed after", "noticed", duration),
        ("Decided in", "decided", duration), ("Recovered after", "over", duration),
        ("Remedy", "remedy", _text), ("Waited", "waited_s", _spent), ("For", "waited_for", _text),
        ("Clusters hit", "clusters_hit", count), ("Nodes hit", "nodes_hit", count),
        ("Bad when noticed", "exposure_at_detection", percent)])


def timeline_table(run: Any) -> Table | None:
    """The worst incident, step by step; None without one."""
    incident = next(worst_incidents(run).itertuples(), None)
    if incident is None:
        return None
    start = run.scenario.spec.start
    steps = [(getattr(incident, name), what) for name, what in _STEPS.items()]
    if happened(incident.changed_at):
        steps.insert(0, (incident.changed_at, f"the change {incident.cause} was merged, released or made"))
    if incident.bitten_at < incident.began_at:
        steps.insert(1, (incident.bitten_at, "its defect first took effect"))
    rows, before = [], math.nan
    for at, what in sorted((s for s in steps if happened(s[0])), key=lambda step: step[0]):
        rows.append([clock(start, at, day=True, seconds=True), f"{'+' if at >= incident.began_at else '−'} "
                     f"{duration(abs(at - incident.began_at))}", duration(at - before), what])
        before = at
    rows += [["–", "–", "–", f"never: {what}"] for at, what in steps if not happened(at)]
    return Table(f"Incident {incident.incident}{', the worst,' * (len(run.incidents) > 1)} step by step",
                 ["Clock", "Since it began", "Since the step before", "What"], rows,
                 [False, True, True, False])


def changes_table(run: Any) -> Table:
    """The changes: those with a defect first, then the latest."""
    faulty = run.changes["change"].isin(list(defective(run)))
    rows = run.changes.assign(faulty=faulty, took=run.changes["converged_at"] - run.changes["at"],
                              clusters=_parts(run.changes, "clusters"), nodes=_parts(run.changes, "nodes"))
    rows = rows.sort_values(["faulty", "bites", "at"], ascending=False, kind="stable")
    return _table("Changes", rows, [
        ("Change", "change", _text), ("Title", "title", _text), ("Kind", "kind", _text),
        ("Route", "route", _text), ("Version", "version", _text), ("At", "at", _when(run)),
        ("Status", "status", _text),
        ("Clusters reached", "clusters", str), ("Nodes reached", "nodes", str),
        ("Half in", "convergence_p50_s", duration), ("95 % in", "convergence_p95_s", duration),
        ("All in", "took", duration), ("Rolled back by itself", "automatic_rollbacks", count),
        ("Hit by its defect", "bites", count)], order="The first")


def _parts(changes: Any, what: str) -> list[str]:
    """'80 of 200' for each change."""
    pairs = zip(changes[f"reached_{what}"], changes[what], strict=True)
    return [f"{count(reached)} of {count(of)}" for reached, of in pairs]


def stages_table(run: Any) -> Table:
    """The stages of the notable changes, in their order."""
    when = _when(run)
    rank = {change: place for place, change in enumerate(notable_changes(run, most=len(run.changes)))}
    names = [stage_name(stage) for stage in run.stages.itertuples()]
    rows = run.stages.assign(stage=names, rank=run.stages["change"].map(rank).fillna(len(rank)))
    rows = rows.sort_values(["rank", "number"], kind="stable")
    return _table("Stages", rows, [
        ("Change", "change", _text), ("Stage", "stage", _text), ("Clusters", "clusters", count),
        ("Nodes", "nodes", count), ("Started", "started_at", when), ("Converged", "converged_at", when),
        ("Bake", "bake_s", _spent), ("Ended", "ended_at", when), ("Verdict", "verdict", _text)],
        order="The first")


def clusters_table(run: Any) -> Table:
    """The clusters, those with the most bad node-hours first."""
    rows = run.clusters.sort_values(["bad_node_h", "down_s"], ascending=False, kind="stable")
    return _table("Clusters", rows, [
        ("Cluster", "cluster", _text), ("Environment", "environment", _text), ("Region", "region", _text),
        ("Nodes", "nodes", count), ("Bad node-hours", "bad_node_h", _hours),
        ("Bad at worst", "worst_bad_share", percent), ("First bad", "first_bad_at", _when(run)),
        ("Something down", "down_s", _spent)])


def services_table(run: Any) -> Table:
    """The services, the least available first."""
    return _table("Services", run.services.sort_values("availability", kind="stable"), [
        ("Service", "service", _text), ("Cluster", "cluster", _text), ("Replicas", "replicas", count),
        ("Needs", "needs", count), ("Availability", "availability", percent), ("Objective", "slo", percent),
        ("Down", "down_s", _spent), ("Degraded", "degraded_s", _spent)])


def metrics_table(run: Any) -> Table:
    """Every metric with its unit and its definition."""
    rows = []
    for name, value in run.metrics.items():
        info = run.metric_info.get(name)
        rows.append([info.title if info else name, name, _number(value), info.unit if info else "",
                     info.definition if info else ""])
    return Table("Metrics", ["Metric", "Name", "Value", "Unit", "Definition"], rows,
                 [False, False, True, False, False])


def _number(value: float) -> str:
    """A number of any size: four digits, and thousands apart."""
    if not happened(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.4g}"


def assumptions_table(run: Any) -> Table:
    """The defaults the scenario relied on: what is only assumed first, since that is what to doubt."""
    certain = (run.assumptions["kind"] != "assumption").to_numpy()
    rows = run.assumptions.iloc[certain.argsort(kind="stable")]
    return _table("Defaults this run relied on", rows, [
        ("Parameter", "name", _text), ("Value", "value", _text), ("Kind", "kind", _text),
        ("Default of", "used_for", _text), ("Source", "source", _text)], most=len(rows))


def settings_table(run: Any) -> Table:
    """What the scenario itself says that matters for the answer."""
    spec = run.scenario.spec
    systems = run.nodes.groupby("os", sort=True).size().sort_values(ascending=False, kind="stable")
    rows = [
        ["Start", date(spec.start)],
        ["Simulated time", duration(float(spec.horizon))],
        ["Fleet", f"{plural(len(run.nodes), 'node')} in {plural(len(run.clusters), 'cluster')} ("
                  + ", ".join(f"{count(n)} {os_name}" for os_name, n in systems.items()) + ")"],
    ]
    if engine := getattr(getattr(spec, "gitops", None), "engine", None):
        rows.append(["GitOps engine", str(engine)])
    for change in notable_changes(run):
        stages = [f"{stage_name(stage)} ({plural(stage.nodes, 'node')}"
                  + (f", bake {duration(stage.bake_s)})" if stage.bake_s else ")")
                  for stage in _stages_of(run, change)]
        more = ["…"] if len(stages) > 8 else []
        rows.append([f"Rollout of {change}", " → ".join(stages[:8] + more) or "all at once"])
    rows += [[f"Alert {alert.name}", f"must hold for {duration(alert.for_)}" if getattr(alert, "for_", 0) else
              "at once"] for alert in spec.alerts[:8]]
    rows.append(["Chance", f"seed {run.seed}, replication {run.replication}"])
    return Table("Settings of the scenario", ["Setting", "Value"], rows, [False, False])


def journal_table(run: Any) -> Table:
    """The journal from the beginning, as far as it fits."""
    return _table("Journal", run.events, [
        ("At", "at", _when(run)), ("What", "what", _text), ("Subject", "subject", _text),
        ("How many", "count", count), ("Until", "until", _when(run)), ("Cause", "cause", _text),
        ("Note", "note", _text)], most=JOURNAL_ROWS, order="The first")


# --- pictures --------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Picture:
    """A picture inside the page: its data as a URI, what it says in words, how to read it."""

    name: str
    heading: str
    reading: str
    alt: str
    uri: str


def _pictures(run: Any) -> list[Picture]:
    """The pictures that have something to show."""
    nodes_well = not run.exposure["bad_nodes"].any()
    empty = {"blast_radius": nodes_well and not run.exposure["bad_clusters"].any(), "heatmap": nodes_well,
             "timeline": not len(run.incidents), "rollout": not len(run.stages)}
    return [_draw(run, *picture) for picture in PICTURES if not empty.get(picture[0])]


def _draw(run: Any, name: str, heading: str, reading: str) -> Picture:
    """One picture on a figure of its own, without pyplot: no backend, no global state."""
    from matplotlib.figure import Figure

    with style():
        figure = Figure(figsize=(12, run.plot.height(name)), layout="constrained")
        ax = getattr(run.plot, name)(figure.subplots())
        title = ax.get_title(loc="left")
        return Picture(name, heading, reading, f"{title}. {reading}", _embed(figure))


def _embed(figure: Any) -> str:
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


# --- the page --------------------------------------------------------------------------------------------

def command(run: Any) -> str:
    """What to type to see the same run again."""
    variant = f" --variant {run.scenario.variant_name}" if run.scenario.variant_name else ""
    return f"paddock run {run.scenario.metadata.name}{variant} --seed {run.seed}"


def _declared(run: Any) -> str:
    """The scenario as its author declared it, as YAML; empty if it can't say."""
    if not hasattr(run.scenario, "to_data"):
        return ""
    import yaml

    return yaml.safe_dump(run.scenario.to_data(), sort_keys=False, allow_unicode=True, width=100)


def report_html(run: Any) -> str:
    """The whole report as one page of HTML, with its pictures and its style inside."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    templates = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True,
                            undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return templates.get_template("report.html.j2").render(
        run=run, title=run.scenario.title, description=run.scenario.metadata.description or "",
        variant=run.scenario.variant_name or "", answer=answer(run), numbers=big_numbers(run),
        settings=settings_table(run), assumptions=assumptions_table(run), pictures=_pictures(run),
        timeline=timeline_table(run), incidents=incidents_table(run), stages=stages_table(run),
        changes=changes_table(run), services=services_table(run), clusters=clusters_table(run),
        metrics=metrics_table(run), journal=journal_table(run), command=command(run), declared=_declared(run))


def write_report(run: Any, path: str | os.PathLike) -> Path:
    """Write the report, whole or not at all: a reader never meets half a file. Returns where it is."""
    path = Path(path)
    text = report_html(run)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(unfinished, 0o644)  # mkstemp makes it private, but a report is for others too
        os.replace(unfinished, path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
    return path
