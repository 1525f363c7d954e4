"""Incidents step by step, and over time: what stood in the grip of a cause, and what was down because of it."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pandas as pd

from simulator.results.columns import frame
from simulator.results.postmortem import stories
from simulator.results.record import Record
from simulator.results.tables.curves import changes_of, level_at


def timeline(record: Record) -> pd.DataFrame:
    """One row a step of an incident, in the order of time within an incident."""
    start = pd.Timestamp(record.world.spec.start)
    return frame(
        "timeline",
        [
            {
                "incident": story.number,
                "alert": story.case.incident.alert if story.case.incident else "",
                "cause": story.case.cause.name if story.case.cause else "",
                "time": start + pd.Timedelta(seconds=step.at),
                **asdict(step),
            }
            for story in stories(record)
            for step in story.steps
        ],
    )


def course(record: Record, incident: int) -> pd.DataFrame:
    """What the cause of an incident (its number, from 1) had in its grip as a step function: index `at` (s), columns of
    counts (int64), from that time on: nodes hit, clusters hit, and for each component or service that was down because
    of it the clusters in which it was."""
    told = stories(record)
    if not 1 <= incident <= len(told):
        raise ValueError(f"there is no incident {incident}: this run has {len(told)}")
    case, symptoms = told[incident - 1].case, told[incident - 1].symptoms
    layout = record.layout
    spans = {"nodes": case.nodes, "clusters": case.clusters.union(case.nodes.grouped(layout.cluster))}
    if case.cause is not None:
        spans |= {name: symptoms.down(name) for name in record.watched_components}
    spans = {name: s.where(s.end > case.since).clip(0.0, record.horizon) for name, s in spans.items()}
    spans = {name: s for name, s in spans.items() if len(s) or name in ("nodes", "clusters")}
    times = changes_of(spans.values(), record.horizon)
    table = {name: level_at(s, times) for name, s in spans.items()}
    return pd.DataFrame(table, index=pd.Index(times, name="at")).astype(np.int64)
