"""Nodes, clusters and services: one row for each that exists."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator.nodes.states import State
from simulator.results.columns import frame
from simulator.results.record import Record


def nodes(record: Record) -> pd.DataFrame:
    """One row a node."""
    layout, world, horizon = record.layout, record.world, record.horizon
    agenda, everyone, count = world.nodes.agenda, np.arange(layout.nodes), layout.nodes
    versions = np.array(world.nodes.versions, dtype=object)
    runs, _ = world.nodes.versions_at(everyone, horizon)
    previous = world.nodes.previous_version(everyone, horizon)
    out, bad = record.out.seconds(count, horizon), record.bad.seconds(count, horizon)
    return frame(
        "nodes",
        {
            "node": layout.node_names(everyone),
            "cluster": pd.Categorical.from_codes(layout.cluster, layout.cluster_names),
            **{key: pd.Categorical(layout.column(key)) for key in ("pool", "fleet", "environment", "role", "os")},
            "version": pd.Categorical(versions[runs]),
            "previous_version": pd.Categorical(versions[previous]),
            "state": pd.Categorical([State(s).label for s in record.final_states()]),
            "updates": np.bincount(agenda.entity[record.updates], minlength=count),
            "automatic_rollbacks": np.bincount(agenda.entity[record.automatic_rollbacks], minlength=count),
            "failures": world.nodes.failures,
            "serving_h": (horizon - out) / 3600.0,
            "bad_h": bad / 3600.0,
            "planned_out_h": np.maximum(out - bad, 0.0) / 3600.0,
        },
    )


def clusters(record: Record) -> pd.DataFrame:
    """One row a cluster."""
    layout, horizon, count = record.layout, record.horizon, record.layout.clusters
    bad = record.bad
    by_node = bad.seconds(layout.nodes, horizon)
    first = np.full(count, np.nan)
    worst = np.zeros(count)
    if len(bad):
        of = layout.cluster[bad.entity]
        np.fmin.at(first, of, bad.begin)
        worst = _most_at_once(of, bad.begin, bad.end, count) / layout.cluster_sizes
    return frame(
        "clusters",
        {
            "cluster": layout.cluster_names,
            **{key: pd.Categorical(layout.cluster_column(key)) for key in ("fleet", "environment", "region", "zone")},
            "nodes": layout.cluster_sizes,
            "bad_node_h": np.bincount(layout.cluster, by_node, count) / 3600.0,
            "worst_bad_share": worst,
            "first_bad_at": first,
            "down_s": record.clusters_down.seconds(count, horizon),
            "drift_node_h": record.drift_node_seconds / 3600.0,
        },
    )


def _most_at_once(group: np.ndarray, begin: np.ndarray, end: np.ndarray, count: int) -> np.ndarray:
    """The largest number of intervals of a group that hold at once."""
    g, t = np.concatenate([group, group]), np.concatenate([begin, end])
    delta = np.repeat([1, -1], len(group))
    order = np.lexsort((delta, t, g))
    level = np.cumsum(delta[order])
    most = np.zeros(count)
    np.maximum.at(most, g[order], level)
    return most


def services(record: Record) -> pd.DataFrame:
    """One row for each service and cluster that carries it."""
    horizon, count = record.horizon, record.layout.clusters
    rows, names = [], np.array(record.layout.cluster_names)
    for replicas in record.world.services:
        say, where = replicas.say, np.flatnonzero(replicas.present)
        down = record.down(say.name).seconds(count, horizon)[where]
        impaired = record.impaired(say.name).seconds(count, horizon)[where]
        rows.append(
            pd.DataFrame(
                {
                    "service": say.name,
                    "cluster": names[where],
                    "replicas": replicas.replicas[where],
                    "needs": say.needs_count,
                    "availability": 1.0 - down / horizon,
                    "down_s": down,
                    "degraded_s": np.maximum(impaired - down, 0.0),
                    "unserved_share": record.unserved(say.name)[where] / horizon,
                    "slo": say.slo,
                }
            )
        )
    return frame("services", pd.concat(rows, ignore_index=True) if rows else [])
