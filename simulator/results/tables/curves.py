"""What is so from when on: states, exposure and the heat map, exact at every instant."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from simulator.kernel import Intervals
from simulator.kernel.intervals import steps
from simulator.nodes.states import State
from simulator.results.columns import frame
from simulator.results.record import Record


def states(record: Record, chosen: np.ndarray | None = None) -> pd.DataFrame:
    """Nodes (some of them, bool) by state as a step function: index `at` (s), a column of counts (int64) for each state
    that occurs, from that time on. Every row sums to the number of nodes."""
    chosen = np.ones(record.layout.nodes, bool) if chosen is None else chosen
    spans = {state: span.of_entities(chosen) for state, span in record.state_spans.items()}
    spans = {state: span for state, span in spans.items() if len(span)}
    times = changes_of(spans.values(), record.horizon)
    table = {state.label: level_at(span, times) for state, span in spans.items()}
    made = pd.DataFrame(table, index=pd.Index(times, name="at"))
    made.insert(0, State.READY.label, int(chosen.sum()) - made.sum(axis=1))
    return made.astype(np.int64)


def on_newest(record: Record, chosen: np.ndarray) -> pd.Series:
    """The share of nodes (bool) for which a version was released that run the newest one, as a step function from the
    first release on: index `at` (s). Empty without a release."""
    told = record.was_released & chosen
    outdated = record.outdated.of_entities(told)
    if not len(outdated):
        return pd.Series(dtype=float)
    times = changes_of([outdated], record.horizon)
    times = times[times >= outdated.begin.min()]
    share = 1.0 - level_at(outdated, times) / told.sum()
    return pd.Series(share, index=pd.Index(times, name="at"))


def exposure(record: Record) -> pd.DataFrame:
    """Shares of nodes and clusters in trouble as a step function."""
    times = changes_of((record.bad, record.clusters_affected), record.horizon)
    return frame(
        "exposure",
        {
            "at": times,
            "bad_nodes": level_at(record.bad, times) / record.layout.nodes,
            "bad_clusters": level_at(record.clusters_affected, times) / record.layout.clusters,
        },
    )


def changes_of(spans, horizon: float) -> np.ndarray:
    """The times before the horizon at which any of these begin or end, and 0."""
    times = np.unique(np.concatenate([[0.0], *(np.concatenate([s.begin, s.end]) for s in spans)]))
    return times[times < horizon]


def level_at(spans: Intervals, times: np.ndarray) -> np.ndarray:
    """How many of these intervals hold at each time."""
    at, level = steps(np.concatenate([spans.begin, spans.end]), np.repeat([1, -1], len(spans)))
    return np.concatenate([[0], level])[np.searchsorted(at, times, side="right")]


def heat(
    record: Record,
    bins: int,
    begin: float = 0.0,
    end: float | None = None,
    what: Literal["nodes", "clusters"] = "nodes",
) -> pd.DataFrame:
    """Each cluster in equal bins of time between two times, exact: the mean share of its nodes that were bad,
    or (clusters) the share of the bin in which it was affected. Index: cluster; columns: begin, s."""
    layout, edges = record.layout, np.linspace(begin, record.horizon if end is None else end, bins + 1)
    if what == "nodes":
        spans, of, size = record.bad, layout.cluster[record.bad.entity], layout.cluster_sizes
    else:
        spans, of, size = record.clusters_affected, record.clusters_affected.entity, np.ones(layout.clusters)
    spent = np.stack(
        [np.bincount(of, np.clip(edge, spans.begin, spans.end) - spans.begin, layout.clusters) for edge in edges],
        axis=1,
    )
    share = np.diff(spent, axis=1) / np.diff(edges) / size[:, None]
    return pd.DataFrame(share, index=pd.Index(layout.cluster_names, name="cluster"), columns=edges[:-1])
