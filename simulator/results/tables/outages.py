"""Incidents, as operations saw them or as nobody did, and the journal."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator.components import ActiveCondition
from simulator.kernel import Intervals
from simulator.operations import Attempt, Incident
from simulator.results.blame import Cause, cause_of
from simulator.results.columns import frame
from simulator.results.record import Record
from simulator.results.tables.curves import exposure

#: What an incident passes through once somebody was told.
_TIMES = ("detected_at", "paged_at", "acknowledged_at", "diagnosed_at", "decided_at", "recovered_at")


def incidents(record: Record) -> pd.DataFrame:
    """One row an incident: those somebody was told of, then those nobody was."""
    world = record.world
    found = [cause_of(record, incident) for incident in world.incidents]
    rows = [_told(record, incident, cause) for incident, cause in zip(world.incidents, found, strict=True)]
    told = {cause.name for cause in found if cause is not None}
    for condition in world.conditions:
        comes_at_a_time = condition.number >= 0 or condition.say.clock.rate is None
        if condition.name not in told and comes_at_a_time and not np.isnan(record.first_bite(condition)):
            rows.append(_untold(record, condition))
    bad = exposure(record)
    for number, row in enumerate(rows, 1):
        found = np.searchsorted(bad["at"].to_numpy(), row["detected_at"], side="right") - 1
        row |= {
            "incident": number,
            "mttd_s": row["detected_at"] - row["began_at"],
            "decide_s": row["decided_at"] - row["detected_at"],
            "mttr_s": row["recovered_at"] - row["began_at"],
            "exposure_at_detection": np.nan if np.isnan(row["detected_at"]) else bad["bad_nodes"].iloc[found],
        }
    return frame("incidents", rows)


def _told(record: Record, incident: Incident, cause: Cause | None) -> dict[str, object]:
    """An incident that began with a page."""
    times = {name: at if (at := getattr(incident, name)) <= record.horizon else np.nan for name in _TIMES}
    waits = [a for a in incident.attempts if a.waited_for]
    over = np.nan_to_num(times["recovered_at"], nan=record.horizon)
    return {
        "alert": incident.alert,
        "cause": cause.name if cause else "",
        "began_at": incident.began_at,
        **times,
        **_damage(record, cause, incident.began_at, over),
        "remedy": ", ".join(a.remedy for a in incident.attempts if not np.isnan(a.started_at)),
        "waited_s": float(sum(_waited(a, over) for a in waits)),
        "waited_for": ", ".join(dict.fromkeys(a.waited_for for a in waits)),
        "still_waits": "" if times["recovered_at"] <= record.horizon else _still_waits(incident, record.horizon),
    }


def _still_waits(incident: Incident, horizon: float) -> str:
    """Remedies that wait when the run ends, somewhere at least, each with what it waits for."""
    last = {attempt.remedy: attempt for attempt in incident.attempts}  # what was tried again is told by the last try
    waits = [a for a in last.values() if a.waited_for and not (a.started_at <= horizon and a.complete)]
    return ", ".join(f"{a.remedy} for {a.waited_for}" for a in waits)


def _waited(attempt: Attempt, over: float) -> float:
    """How long a remedy stood ready: until it was started, or until it was no longer needed."""
    until = over if np.isnan(attempt.started_at) else min(attempt.started_at, over)
    return max(0.0, until - attempt.decided_at)


def _untold(record: Record, condition: ActiveCondition) -> dict[str, object]:
    """An outage that no alert told anybody of; it may be over by itself."""
    ends = np.concatenate([record.hit_nodes(condition).end, record.hit_clusters(condition).end])
    last = float(ends.max(initial=0.0))
    return {
        "alert": "",
        "cause": condition.name,
        "began_at": record.first_bite(condition),
        **dict.fromkeys(_TIMES, np.nan),
        "recovered_at": last if last < record.horizon else np.nan,
        **_damage(record, Cause(condition.name, condition.number, condition), 0.0, record.horizon),
        "remedy": "",
        "waited_s": 0.0,
        "waited_for": "",
        "still_waits": "",
    }


def _damage(record: Record, cause: Cause | None, begin: float, end: float) -> dict[str, object]:
    """Where the cause of an incident came from, and whom it had in its grip between two times."""
    if cause is None:
        return {"changed_at": np.nan, "bitten_at": np.nan, "clusters_hit": 0, "nodes_hit": 0}
    if cause.condition is None:
        hit = (cause.away, Intervals.none())
    else:
        hit = (record.hit_nodes(cause.condition), record.hit_clusters(cause.condition))
    on_nodes, on_clusters = (spans.where((spans.begin <= end) & (spans.end > begin)) for spans in hit)
    nodes = np.unique(on_nodes.entity)
    clusters = np.union1d(record.layout.cluster[nodes], on_clusters.entity)
    first = min(on_nodes.begin.min(initial=np.inf), on_clusters.begin.min(initial=np.inf))
    return {
        "changed_at": record.world.changes[cause.number].at if cause.number >= 0 else np.nan,
        "bitten_at": first if cause.condition is not None and np.isfinite(first) else np.nan,
        "clusters_hit": len(clusters),
        "nodes_hit": len(nodes),
    }


def events(record: Record) -> pd.DataFrame:
    """The journal."""
    start = pd.Timestamp(record.world.spec.start)
    data = {
        name: [getattr(e, name) for e in record.journal]
        for name in ("at", "what", "subject", "until", "count", "cause", "note")
    }
    return frame("events", {**data, "time": [start + pd.Timedelta(seconds=e.at) for e in record.journal]})
