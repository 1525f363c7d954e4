"""The tables of the report: text for people, the worst first, as much as can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from simulator.results.notable import (
    defective,
    notable_changes,
    shown_changes,
    stage_name,
    stages_of,
    worst_incidents,
)
from simulator.results.report.table import Column, Table
from simulator.results.words import clock, count, date, duration, figure, happened, hours, percent, plural

#: A table shows this many rows, the worst; the rest is counted.
ROWS = 20
#: The journal is for study, in a part that is closed at first: it may be longer.
JOURNAL_ROWS = 200
#: An incident has as many steps as it takes; where chance struck again and again, the first tell how it went.
STEPS = 40


#: What of a row to show in a column: heading, field, how to write it.
Field = tuple[str, str, Callable[[Any], str]]


def _table(caption: str, rows: Any, fields: Iterable[Field], *, most: int = ROWS, order: str = "The worst") -> Table:
    """The first rows of a DataFrame that is already in order, the worst first."""
    fields = list(fields)
    shown = [[write(getattr(row, name)) for _, name, write in fields] for row in rows.head(most).itertuples()]
    more = len(rows) - len(shown)
    notes = (f"{order} {count(len(shown))} of {count(len(rows))}; {count(more)} left out.",) if more else ()
    return Table(caption, [Column(heading, write is not _text) for heading, _, write in fields], shown, notes)


def _text(value: Any) -> str:
    missing = value is None or value != value
    return "–" if missing or value == "" else str(value)


def _spent(seconds: float) -> str:
    """A duration, or a dash where no time was spent at all."""
    return duration(seconds) if seconds else "–"


def _when(run: Any) -> Callable[[float], str]:
    """How to write a time of this run: the clock, with the day where there is more than one."""
    start, long = run.scenario.spec.start, float(run.scenario.spec.horizon) > 86400
    return lambda at: clock(start, at, day=long, seconds=not long)


def incidents(run: Any) -> Table:
    """All incidents, the worst first."""
    when = _when(run)
    incidents = worst_incidents(run)
    covered = incidents["covered_by"].map(lambda number: f"that of incident {number}" if number else "")
    incidents = incidents.assign(
        told=incidents["alert"].where(incidents["alert"] != "", covered),
        noticed=incidents["detected_at"] - incidents["began_at"],
        decided=incidents["decided_at"] - incidents["detected_at"],
        over=incidents["recovered_at"] - incidents["began_at"],
    )
    return _table(
        "Incidents",
        incidents,
        [
            ("Incident", "incident", _text),
            ("Alert", "told", _text),
            ("Cause", "cause", _text),
            ("Began", "began_at", when),
            ("Noticed after", "noticed", duration),
            ("Decided in", "decided", duration),
            ("Recovered after", "over", duration),
            ("Remedy", "remedy", _text),
            ("Waited", "waited_s", _spent),
            ("For", "waited_for", _text),
            ("Clusters hit", "clusters_hit", count),
            ("Nodes hit", "nodes_hit", count),
            ("Services down, h", "service_down_h", hours),
            ("Bad when noticed", "exposure_at_detection", percent),
        ],
    )


def timeline(run: Any, incident: Any) -> Table:
    """An incident step by step, on the clock and since the change (of a fault: since it first took hold)."""
    start, told = run.scenario.spec.start, run.timeline[run.timeline["incident"] == incident.incident]
    from_ = next((at for at in (incident.changed_at, incident.bitten_at) if happened(at)), incident.began_at)
    told = told.assign(since=told["at"] - from_)
    return _table(
        f"Incident {incident.incident} step by step",
        told,
        [
            ("Clock", "at", lambda at: clock(start, at, day=True, seconds=True)),
            ("Since the change" if happened(incident.changed_at) else "Since it began", "since", _signed),
            ("Step", "step", _text),
            ("What", "note", _text),
        ],
        most=STEPS,
        order="The first",
    )


def _signed(seconds: float) -> str:
    """'+ 11 min', '− 2 min', '0'."""
    return f"{'+' if seconds > 0 else '−'} {duration(abs(seconds))}" if round(seconds, 1) else "0"


def changes(run: Any) -> Table:
    """The changes: those with a defect first, then the latest."""
    faulty = run.changes["change"].isin(list(defective(run)))
    rows = run.changes.assign(
        faulty=faulty,
        took=run.changes["converged_at"] - run.changes["at"],
        clusters=_parts(run.changes, "clusters"),
        nodes=_parts(run.changes, "nodes"),
    )
    rows = rows.sort_values(["faulty", "bites", "at"], ascending=False, kind="stable")
    return _table(
        "Changes",
        rows,
        [
            ("Change", "change", _text),
            ("Title", "title", _text),
            ("Kind", "kind", _text),
            ("Route", "route", _text),
            ("Version", "version", _text),
            ("At", "at", _when(run)),
            ("Status", "status", _text),
            ("Clusters reached", "clusters", str),
            ("Nodes reached", "nodes", str),
            ("Half in", "convergence_p50_s", duration),
            ("95 % in", "convergence_p95_s", duration),
            ("All in", "took", duration),
            ("Rolled back by itself", "automatic_rollbacks", count),
            ("Hit by its defect", "bites", count),
        ],
        order="The first",
    )


def _parts(changes: Any, what: str) -> list[str]:
    """'80 of 200' for each change."""
    pairs = zip(changes[f"reached_{what}"], changes[what], strict=True)
    return [f"{count(reached)} of {count(of)}" for reached, of in pairs]


def stages(run: Any) -> Table:
    """The stages of the notable changes, in their order."""
    when = _when(run)
    rank = {change: place for place, change in enumerate(notable_changes(run, most=len(run.changes)))}
    names = [stage_name(stage) for stage in run.stages.itertuples()]
    rows = run.stages.assign(stage=names, rank=run.stages["change"].map(rank).fillna(len(rank)))
    rows = rows.sort_values(["rank", "number"], kind="stable")
    return _table(
        "Stages",
        rows,
        [
            ("Change", "change", _text),
            ("Stage", "stage", _text),
            ("Clusters", "clusters", count),
            ("Nodes", "nodes", count),
            ("Started", "started_at", when),
            ("Converged", "converged_at", when),
            ("Bake", "bake_s", _spent),
            ("Ended", "ended_at", when),
            ("Verdict", "verdict", _text),
        ],
        order="The first",
    )


def clusters(run: Any) -> Table:
    """The clusters, those with the most bad node-hours first."""
    rows = run.clusters.sort_values(["bad_node_h", "down_s"], ascending=False, kind="stable")
    return _table(
        "Clusters",
        rows,
        [
            ("Cluster", "cluster", _text),
            ("Environment", "environment", _text),
            ("Region", "region", _text),
            ("Nodes", "nodes", count),
            ("Bad node-hours", "bad_node_h", hours),
            ("Bad at worst", "worst_bad_share", percent),
            ("First bad", "first_bad_at", _when(run)),
            ("Something down", "down_s", _spent),
        ],
    )


def services(run: Any) -> Table:
    """The services, the least available first."""
    return _table(
        "Services",
        run.services.sort_values("availability", kind="stable"),
        [
            ("Service", "service", _text),
            ("Cluster", "cluster", _text),
            ("Replicas", "replicas", count),
            ("Needs", "needs", count),
            ("Availability", "availability", percent),
            ("Objective", "slo", percent),
            ("Down", "down_s", _spent),
            ("Degraded", "degraded_s", _spent),
        ],
    )


def metrics(run: Any) -> Table:
    """Every metric with its unit and its definition."""
    rows = []
    for name, value in run.metrics.items():
        info = run.metric_info.get(name)
        rows.append(
            [
                info.title if info else name,
                name,
                figure(value),
                info.unit if info else "",
                info.definition if info else "",
            ]
        )
    columns = [Column("Metric"), Column("Name"), Column("Value", numeric=True), Column("Unit"), Column("Definition")]
    return Table("Metrics", columns, rows)


def assumptions(run: Any) -> Table:
    """The defaults the scenario relied on: what is only assumed first, since that is what to doubt."""
    certain = (run.assumptions["kind"] != "assumption").to_numpy()
    rows = run.assumptions.iloc[certain.argsort(kind="stable")]
    return _table(
        "Defaults this run relied on",
        rows,
        [
            ("Parameter", "name", _text),
            ("Value", "value", _text),
            ("Kind", "kind", _text),
            ("Default of", "used_for", _text),
            ("Source", "source", _text),
        ],
        most=len(rows),
    )


def settings(run: Any) -> Table:
    """What the scenario itself says that matters for the answer."""
    spec = run.scenario.spec
    systems = run.nodes.groupby("os", sort=True).size().sort_values(ascending=False, kind="stable")
    rows = [
        ["Start", date(spec.start)],
        ["Simulated time", duration(float(spec.horizon))],
        [
            "Fleet",
            f"{plural(len(run.nodes), 'node')} in {plural(len(run.clusters), 'cluster')} ("
            + ", ".join(f"{count(n)} {os_name}" for os_name, n in systems.items())
            + ")",
        ],
    ]
    if engine := getattr(getattr(spec, "gitops", None), "engine", None):
        rows.append(["GitOps engine", str(engine)])
    for change in notable_changes(run):
        stages = [
            f"{stage_name(stage)} ({plural(stage.nodes, 'node')}"
            + (f", bake {duration(stage.bake_s)})" if stage.bake_s else ")")
            for stage in stages_of(run, change)
        ]
        more = ["…"] if len(stages) > 8 else []
        rows.append([f"Rollout of {change}", " → ".join(stages[:8] + more) or "all at once"])
    if which := shown_changes(run):
        rows.append(["Rollouts shown", f"{which} changes; all of them are in the table of changes"])
    rows += [
        [f"Alert {alert.name}", f"must hold for {duration(alert.for_)}" if getattr(alert, "for_", 0) else "at once"]
        for alert in spec.alerts[:8]
    ]
    rows.append(["Chance", f"seed {run.seed}, replication {run.replication}"])
    return Table("Settings of the scenario", [Column("Setting"), Column("Value")], rows)


def journal(run: Any) -> Table:
    """The journal from the beginning, as far as it fits."""
    return _table(
        "Journal",
        run.events,
        [
            ("At", "at", _when(run)),
            ("What", "what", _text),
            ("Subject", "subject", _text),
            ("How many", "count", count),
            ("Until", "until", _when(run)),
            ("Cause", "cause", _text),
            ("Note", "note", _text),
        ],
        most=JOURNAL_ROWS,
        order="The first",
    )
