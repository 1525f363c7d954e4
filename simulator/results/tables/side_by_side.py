"""Parts of the fleet side by side: operating systems, fleet entries, environments."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator.nodes.states import State
from simulator.results.columns import frame
from simulator.results.record import Record


def systems(record: Record) -> pd.DataFrame:
    """One row for each operating system of the fleet."""
    return side_by_side(record, "os")


def side_by_side(record: Record, by: str) -> pd.DataFrame:
    """One row for each part of the fleet that an attribute or a label of nodes makes: os, fleet, environment."""
    layout, horizon, agenda = record.layout, record.horizon, record.world.nodes.agenda
    names, of = parts(record, by)
    nodes = np.bincount(of, minlength=len(names))

    def total(by_node: np.ndarray) -> np.ndarray:
        return np.bincount(of, by_node, len(names))

    def counted(rows: np.ndarray) -> np.ndarray:
        return np.bincount(of[agenda.entity[rows]], minlength=len(names))

    bad, out = record.bad.seconds(layout.nodes, horizon), record.out.seconds(layout.nodes, horizon)
    pending = record.world.nodes.spans(State.PENDING_REBOOT).clip(0.0, horizon)
    outdated, told = record.outdated, record.was_released
    at_end = outdated.covers(np.arange(layout.nodes), np.full(layout.nodes, np.nextafter(horizon, 0.0)))
    newest = total(told & ~at_end) / np.maximum(total(told), 1)
    return frame(
        "systems",
        {
            "part": pd.Categorical(names, names),
            "nodes": nodes,
            "updates": counted(record.updates),
            "automatic_rollbacks": counted(record.automatic_rollbacks),
            "manual_rollbacks": counted(record.manual_rollbacks),
            "bad_node_h": total(bad) / 3600.0,
            "worst_bad_share": [record.bad.of_entities(of == k).most()[0] / nodes[k] for k in range(len(names))],
            "planned_out_node_h": total(np.maximum(out - bad, 0.0)) / 3600.0,
            "pending_node_h": total(pending.seconds(layout.nodes, horizon)) / 3600.0,
            "vulnerable_node_d": np.where(
                total(told), total(outdated.seconds(layout.nodes, horizon)) / 86400.0, np.nan
            ),
            "on_newest_share": np.where(total(told), newest, np.nan),
            "drift_node_h": total(record.drift_seconds) / 3600.0,
        },
    )


def parts(record: Record, by: str) -> tuple[list[str], np.ndarray]:
    """The names of the parts, in the order of the fleet, and the part of each node."""
    column = record.layout.column(by)
    names, first, of = np.unique(column, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), int)
    rank[order] = np.arange(len(order))
    return [str(name) for name in names[order]], rank[of]
