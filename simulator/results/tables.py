"""The tables of a run. What their columns mean stands in `columns`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator import facts
from simulator.kernel import Intervals
from simulator.kernel.intervals import steps
from simulator.nodes.states import State
from simulator.results.columns import frame
from simulator.results.record import Record
from simulator.scenario.base import Model


def _category(values: np.ndarray) -> pd.Categorical:
    return pd.Categorical(values)


def nodes(record: Record) -> pd.DataFrame:
    """One row a node."""
    layout, world, horizon = record.layout, record.world, record.horizon
    agenda, everyone, count = world.nodes.agenda, np.arange(layout.nodes), layout.nodes
    versions = np.array(world.nodes.versions, dtype=object)
    runs, _ = world.nodes.versions_at(everyone, horizon)
    previous = world.nodes.previous_version(everyone, horizon)
    out, bad = record.out.seconds(count, horizon), record.bad.seconds(count, horizon)
    cluster = pd.Categorical.from_codes(layout.cluster, layout.cluster_names)
    columns = {key: _category(layout.column(key)) for key in ("pool", "fleet", "environment", "role", "os")}
    return frame("nodes", {
        "node": layout.node_names(everyone), "cluster": cluster, **columns,
        "version": _category(versions[runs]), "previous_version": _category(versions[previous]),
        "state": _category([State(s).label for s in record.final_states()]),
        "updates": np.bincount(agenda.entity[record.updates], minlength=count),
        "automatic_rollbacks": np.bincount(agenda.entity[record.rows_that("reverts")], minlength=count),
        "failures": world.nodes.failures,
        "serving_h": (horizon - out) / 3600.0, "bad_h": bad / 3600.0,
        "planned_out_h": np.maximum(out - bad, 0.0) / 3600.0,
    })


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
    return frame("clusters", {
        "cluster": layout.cluster_names,
        **{key: _category(layout.cluster_column(key)) for key in ("fleet", "environment", "region", "zone")},
        "nodes": layout.cluster_sizes, "bad_node_h": np.bincount(layout.cluster, by_node, count) / 3600.0,
        "worst_bad_share": worst, "first_bad_at": first, "down_s": record.clusters_down.seconds(count, horizon),
        "drift_node_h": drift_node_seconds(record) / 3600.0,
    })


def _most_at_once(group: np.ndarray, begin: np.ndarray, end: np.ndarray, count: int) -> np.ndarray:
    """The largest number of intervals of a group that hold at once."""
    g, t = np.concatenate([group, group]), np.concatenate([begin, end])
    delta = np.repeat([1, -1], len(group))
    order = np.lexsort((delta, t, g))
    level = np.cumsum(delta[order])
    most = np.zeros(count)
    np.maximum.at(most, g[order], level)
    return most


def drift_node_seconds(record: Record) -> np.ndarray:
    """Time off the desired state, times the nodes concerned, for each cluster."""
    total = np.zeros(record.layout.clusters)
    for drift in record.world.drifts:
        begin, end = np.minimum(drift.begin, record.horizon), np.minimum(drift.end, record.horizon)
        np.add.at(total, drift.clusters, (end - begin) * drift.nodes)
    return total


def services(record: Record) -> pd.DataFrame:
    """One row for each service and cluster that carries it."""
    rows, horizon = [], record.horizon
    for replicas in record.world.services:
        name, where = replicas.say.name, np.flatnonzero(replicas.present)
        down = record.world.components.down(name).clip(0.0, horizon).seconds(record.layout.clusters, horizon)[where]
        impaired = record.world.components.impaired(name).clip(0.0, horizon)
        weak = impaired.seconds(record.layout.clusters, horizon)[where] - down
        rows.append({"service": np.full(len(where), name), "cluster": np.array(record.layout.cluster_names)[where],
                     "replicas": replicas.replicas[where], "needs": np.full(len(where), replicas.say.needs_count),
                     "availability": 1.0 - down / horizon, "down_s": down, "degraded_s": np.maximum(weak, 0.0),
                     "slo": np.full(len(where), replicas.say.slo)})
    names = ("service", "cluster", "replicas", "needs", "availability", "down_s", "degraded_s", "slo")
    return frame("services", {name: np.concatenate([r[name] for r in rows]) if rows else [] for name in names})


def changes(record: Record) -> pd.DataFrame:
    """One row a change."""
    world, rows = record.world, []
    reverted = {e.subject for e in world.journal.entries(record.horizon)
                if e.what in ("revert merged", "rolled back by hand", "glass broken")}
    agenda = world.nodes.agenda
    for number, change in enumerate(world.changes):
        rollout, condition = world.rollouts[number], world.defect_of.get(number)
        targets = np.flatnonzero(rollout.stage_of >= 0)
        who, stands_for, when = record.reached(number)
        by_node = hasattr(world.carriers[number], "installations")
        of_cluster = record.layout.cluster[who] if by_node else who
        meant = np.unique(record.layout.cluster[targets])
        if by_node:
            per = np.bincount(of_cluster, minlength=record.layout.clusters)
            wanted = np.bincount(record.layout.cluster[targets], minlength=record.layout.clusters)
            reached_clusters = int(((per >= wanted) & (wanted > 0)).sum())
        else:
            reached_clusters = len(np.unique(who))
        reached_nodes = len(who) if by_node else int(np.bincount(who, minlength=1).astype(bool).sum() and
                                                     stands_for[np.unique(who, return_index=True)[1]].sum())
        lags = record.lags(number)
        whole = reached_nodes >= len(targets) and len(lags) > 0
        status = rollout.status
        if change.name in reverted:
            status = "reverted"
        rows.append({
            "change": change.name, "title": change.title or "", "kind": change.kind, "route": change.route,
            "version": change.version or change.name, "at": change.at, "commits": record.commits(number),
            "clusters": len(meant), "nodes": len(targets), "reached_clusters": reached_clusters,
            "reached_nodes": reached_nodes, "converged_at": float(when.max()) if whole else np.nan,
            **{f"convergence_{name}_s": float(np.quantile(lags, q)) if len(lags) else np.nan
               for name, q in (("p50", 0.5), ("p95", 0.95))},
            "convergence_max_s": float(lags.max()) if whole else np.nan,
            "bites": record.bites(condition) if condition is not None else 0,
            "automatic_rollbacks": int((record.rows_that("reverts") & (agenda.owner == number)).sum()),
            "refused": sum(i.refused for i in getattr(world.carriers[number], "installations", [])), "status": status,
        })
    return _from_rows("changes", rows)


def _from_rows(table: str, rows: list[dict]) -> pd.DataFrame:
    from simulator.results.columns import COLUMNS

    return frame(table, {c.name: [row[c.name] for row in rows] for c in COLUMNS[table]})


def stages(record: Record) -> pd.DataFrame:
    """One row for each stage of each change."""
    return _from_rows("stages", [
        {"change": rollout.change.name, "stage": s.name, "number": s.number + 1, "nodes": len(s.nodes),
         "clusters": len(s.clusters), "bake_s": s.bake, "started_at": s.started_at, "converged_at": s.converged_at,
         "ended_at": s.ended_at, "verdict": s.verdict}
        for rollout in record.world.rollouts.values() for s in rollout.stages])


def reach(record: Record) -> pd.DataFrame:
    """How far each stage has come, as a step function; repeated changes are left out."""
    parts = []
    for number, rollout in record.world.rollouts.items():
        if rollout.change.repeat:
            continue
        who, stands_for, when = record.reached(number)
        by_node = hasattr(record.world.carriers[number], "installations")
        for stage in rollout.stages:
            if np.isnan(stage.started_at):
                continue
            mine = np.isin(who, stage.nodes if by_node else stage.clusters)
            at, level = steps(when[mine], stands_for[mine].astype(float))
            at, level = np.concatenate([[stage.started_at], at]), np.concatenate([[0.0], level])
            level = np.minimum(level, len(stage.nodes))
            parts.append({"change": [rollout.change.name] * len(at), "stage": [stage.name] * len(at),
                          "number": [stage.number + 1] * len(at), "at": at, "nodes": level,
                          "share": level / max(1, len(stage.nodes))})
    names = ("change", "stage", "number", "at", "nodes", "share")
    return frame("reach", {name: [v for part in parts for v in part[name]] for name in names})


def incidents(record: Record) -> pd.DataFrame:
    """One row an incident: those somebody was told of, then those nobody was."""
    world, rows = record.world, []
    bad_at = exposure(record)
    causes = {c.name: c for c in world.conditions}
    for incident in world.incidents:
        rows.append(_incident(record, causes.get(incident.cause), incident.alert, incident.cause, incident.began_at,
                              incident, bad_at))
    told = {i.cause for i in world.incidents}
    for condition in world.conditions:
        first = record.first_bite(condition)
        is_outage = condition.number >= 0 or condition.say.clock.rate is None
        if condition.name not in told and not np.isnan(first) and is_outage:
            rows.append(_incident(record, condition, "", condition.name, first, None, bad_at))
    for number, row in enumerate(rows):
        row["incident"] = number + 1
    return _from_rows("incidents", rows)


def _incident(record: Record, condition, alert: str, cause: str, began: float, seen, bad_at: pd.DataFrame) -> dict:
    nodes_hit = np.unique(record.hit_nodes(condition).entity) if condition is not None else np.zeros(0, int)
    clusters_hit = np.unique(record.layout.cluster[nodes_hit]) if len(nodes_hit) else np.zeros(0, int)
    changed = np.nan
    if condition is not None:
        clusters_hit = np.union1d(clusters_hit, record.hit_clusters(condition).entity)
        if condition.number >= 0:
            changed = record.world.changes[condition.number].at
    times = ("detected_at", "paged_at", "acknowledged_at", "diagnosed_at", "decided_at")
    row = {name: getattr(seen, name) if seen is not None else np.nan for name in times}
    recovered = seen.recovered_at if seen is not None else _over(record, condition)
    row = {name: at if at <= record.horizon else np.nan for name, at in {**row, "recovered_at": recovered}.items()}
    attempts = seen.attempts if seen is not None else []
    waits = [a for a in attempts if a.waited_for]
    waited = sum(min(a.started_at if not np.isnan(a.started_at) else row["recovered_at"]
                     if not np.isnan(row["recovered_at"]) else record.horizon, record.horizon) - a.decided_at for a in waits)
    found = np.searchsorted(bad_at["at"].to_numpy(), row["detected_at"], side="right") - 1
    return {
        "alert": alert, "cause": cause, "changed_at": changed,
        "bitten_at": record.first_bite(condition) if condition is not None else np.nan, "began_at": began, **row,
        "remedy": ", ".join(a.remedy for a in attempts if not np.isnan(a.started_at)), "waited_s": float(waited),
        "waited_for": ", ".join(dict.fromkeys(a.waited_for for a in waits)), "clusters_hit": len(clusters_hit),
        "nodes_hit": len(nodes_hit),
        "exposure_at_detection": float(bad_at["bad_nodes"].iloc[found]) if not np.isnan(row["detected_at"]) else np.nan,
        "mttd_s": row["detected_at"] - began, "decide_s": row["decided_at"] - row["detected_at"],
        "mttr_s": row["recovered_at"] - began,
    }


def _over(record: Record, condition) -> float:
    """When an outage nobody was told of was over by itself."""
    ends = np.concatenate([record.hit_nodes(condition).end, record.hit_clusters(condition).end])
    last = float(ends.max()) if ends.size else np.nan
    return last if last < record.horizon else np.nan


def events(record: Record) -> pd.DataFrame:
    """The journal."""
    entries = record.world.journal.entries(record.horizon)
    start = pd.Timestamp(record.world.spec.start)
    data = {name: [getattr(e, name) for e in entries]
            for name in ("at", "what", "subject", "until", "count", "cause", "note")}
    return frame("events", {**data, "time": [start + pd.Timedelta(seconds=e.at) for e in entries]})


def states(record: Record) -> pd.DataFrame:
    """Nodes by state as a step function: index `at` (s), a column of counts (int64) for each state that occurs,
    from that time on. Every row sums to the number of nodes."""
    spans = {state: span for state, span in record.state_spans().items() if len(span)}
    times = np.unique(np.concatenate([[0.0], *(np.concatenate([s.begin, s.end]) for s in spans.values())]))
    times = times[times < record.horizon]
    table = {}
    for state, span in spans.items():
        at, level = steps(np.concatenate([span.begin, span.end]), np.repeat([1.0, -1.0], len(span)))
        index = np.searchsorted(at, times, side="right") - 1
        table[state.label] = np.where(index >= 0, level[np.maximum(index, 0)], 0.0).astype(np.int64)
    made = pd.DataFrame(table, index=pd.Index(times, name="at"))
    made.insert(0, State.READY.label, record.layout.nodes - made.sum(axis=1))
    return made


def exposure(record: Record) -> pd.DataFrame:
    """Shares of nodes and clusters in trouble as a step function."""
    both = []
    for spans in (record.bad, record.clusters_affected):
        both.append(steps(np.concatenate([spans.begin, spans.end]), np.repeat([1.0, -1.0], len(spans))))
    times = np.unique(np.concatenate([[0.0], both[0][0], both[1][0]]))
    levels = []
    for (at, level), total in zip(both, (record.layout.nodes, record.layout.clusters)):
        index = np.searchsorted(at, times, side="right") - 1
        found = np.where(index >= 0, level[np.maximum(index, 0)] if len(level) else 0.0, 0.0)
        levels.append(np.maximum(found, 0.0) / total)
    return frame("exposure", {"at": times, "bad_nodes": levels[0], "bad_clusters": levels[1]})


def heat(record: Record, bins: int) -> pd.DataFrame:
    """Mean share of each cluster's nodes that were bad, in equal bins of time; exact. Index: cluster; columns: begin
    of the bin, s."""
    edges = np.linspace(0.0, record.horizon, bins + 1)
    bad, layout = record.bad, record.layout
    of = layout.cluster[bad.entity]
    total = np.stack([np.bincount(of, np.minimum(bad.end, edge) - np.minimum(bad.begin, edge), layout.clusters)
                      for edge in edges], axis=1)
    share = np.diff(total, axis=1) / np.diff(edges) / layout.cluster_sizes[:, None]
    return pd.DataFrame(share, index=pd.Index(layout.cluster_names, name="cluster"), columns=edges[:-1])


def assumptions(record: Record) -> pd.DataFrame:
    """Facts and assumptions that decided the run because the scenario left them at their defaults."""
    used: dict[str, set[str]] = {}

    def visit(value: object, path: str) -> None:
        if isinstance(value, Model):
            for name, field in type(value).model_fields.items():
                below = f"{path}.{field.alias or name}" if path else (field.alias or name)
                extra = field.json_schema_extra
                if isinstance(extra, dict) and "fact" in extra and name not in value.model_fields_set:
                    used.setdefault(extra["fact"], set()).add(below)
                visit(getattr(value, name), below)
        elif isinstance(value, list):
            for item in value:
                visit(item, path)

    visit(record.world.spec, "")
    rows = []
    for name in sorted(used):
        fact = facts.get(name)
        rows.append({"name": name, "value": f"{fact.value} {fact.unit}".strip() if fact.unit not in ("duration", "bool")
                     else fact.value, "kind": fact.kind, "source": fact.source, "used_for": ", ".join(sorted(used[name]))})
    return _from_rows("assumptions", rows)


def blast(spans: Intervals, total: int) -> tuple[float, float]:
    """The largest share of `total` entities in their interval at once, and when that was first reached."""
    level, at = spans.most()
    return level / total if total else np.nan, at
