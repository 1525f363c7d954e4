"""Incidents, as operations saw them or as nobody did, and the journal."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator.kernel import Intervals
from simulator.operations import Attempt
from simulator.results.cases import Case, cases
from simulator.results.columns import frame
from simulator.results.postmortem import symptoms_of
from simulator.results.record import Record
from simulator.results.tables.curves import exposure
from simulator.results.waits import waits

#: What an incident passes through once somebody was told.
_TIMES = ("detected_at", "paged_at", "acknowledged_at", "diagnosed_at", "decided_at")


def incidents(record: Record) -> pd.DataFrame:
    """One row an incident: those somebody was told of, then those nobody was."""
    bad, rows = exposure(record), []
    for number, case in enumerate(cases(record), 1):
        row = _row(record, case)
        found = np.searchsorted(bad["at"].to_numpy(), row["detected_at"], side="right") - 1
        rows.append(
            row
            | {
                "incident": number,
                "mttd_s": row["detected_at"] - row["began_at"],
                "decide_s": row["decided_at"] - row["detected_at"],
                "mttr_s": row["recovered_at"] - row["began_at"],
                "exposure_at_detection": np.nan if np.isnan(row["detected_at"]) else bad["bad_nodes"].iloc[found],
            }
        )
    return frame("incidents", rows)


def _row(record: Record, case: Case) -> dict[str, object]:
    """One incident; one that no alert told anybody of has neither people nor remedies."""
    incident, horizon = case.incident, record.horizon
    times = {name: at if (at := getattr(incident, name, np.nan)) <= horizon else np.nan for name in _TIMES}
    attempts = incident.attempts if incident else []
    nodes = np.unique(case.during(case.nodes).entity)
    clusters = np.union1d(record.layout.cluster[nodes], case.during(case.clusters).entity)
    by_change = case.cause is not None and case.cause.number >= 0
    return {
        "alert": incident.alert if incident else "",
        "cause": case.cause.name if case.cause else "",
        "changed_at": record.world.changes[case.cause.number].at if by_change else np.nan,
        "bitten_at": case.bitten_at,
        "began_at": case.began_at,
        **times,
        "recovered_at": case.recovered_at,
        "remedy": ", ".join(a.remedy for a in attempts if not np.isnan(a.started_at)),
        "waited_s": _waited(attempts, case.over, horizon),
        "waited_for": ", ".join(dict.fromkeys(a.waited_for for a in attempts if a.waited_for)),
        "still_waits": _still_waits(attempts, horizon) if np.isnan(case.recovered_at) else "",
        "clusters_hit": len(clusters),
        "nodes_hit": len(nodes),
        "covered_by": case.covered_by,
        **_harm(record, case),
    }


def _harm(record: Record, case: Case) -> dict[str, object]:
    """What was down because of an incident's cause: in how many clusters, and for how long users missed services."""
    if case.cause is None:
        return {"clusters_down": 0, "service_down_h": 0.0}
    symptoms, size = symptoms_of(record, case), record.layout.clusters
    services = {service.name for service in record.world.spec.services}
    hit, seconds = np.zeros(size, bool), 0.0
    for name in record.watched_components:
        spans = case.seen(symptoms.down(name)).clip(case.since, case.over)
        hit[spans.entity] = True
        if name in services:
            seconds += float(spans.seconds(size, record.horizon).sum())
    return {"clusters_down": int(hit.sum()), "service_down_h": seconds / 3600}


def _still_waits(attempts: list[Attempt], horizon: float) -> str:
    """Remedies that wait when the run ends, somewhere at least, each with what it waits for."""
    last = {attempt.remedy: attempt for attempt in attempts}  # what was tried again is told by the last try
    waits = [a for a in last.values() if a.waited_for and not (a.started_at <= horizon and a.complete)]
    return ", ".join(f"{a.remedy} for {a.waited_for}" for a in waits)


def _waited(attempts: list[Attempt], over: float, horizon: float) -> float:
    """How long remedies stood ready, each once: until they could go on, or until they were no longer needed."""
    found, number = waits(attempts, horizon), {attempt.remedy: k for k, attempt in enumerate(attempts)}
    begin = np.array([wait.at for wait in found])
    end = np.fmin([wait.until for wait in found], over)
    return float(
        Intervals.of(np.array([number[w.attempt.remedy] for w in found], int), begin, end)
        .seconds(len(attempts), over)
        .sum()
    )


def events(record: Record) -> pd.DataFrame:
    """The journal."""
    start = pd.Timestamp(record.world.spec.start)
    data = {
        name: [getattr(e, name) for e in record.journal]
        for name in ("at", "what", "subject", "until", "count", "cause", "note")
    }
    return frame("events", {**data, "time": [start + pd.Timedelta(seconds=e.at) for e in record.journal]})
