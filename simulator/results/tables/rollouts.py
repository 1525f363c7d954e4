"""Changes, their stages, and how far each stage has come."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator.kernel.intervals import steps
from simulator.results.columns import frame
from simulator.results.record import Record
from simulator.rollouts import RolloutProcess, StageRecord
from simulator.run.past_git import GLASS_BROKEN, ROLLED_BACK_IN_ENGINE

#: Entries of the journal that say that a change was taken back.
_TAKEN_BACK = (
    "revert merged",
    "rolled back by hand",
    "rolled back by the gate",
    "rolled back by Helm",
    GLASS_BROKEN,
    ROLLED_BACK_IN_ENGINE,
)


def changes(record: Record) -> pd.DataFrame:
    """One row a change."""
    taken_back = {e.subject for e in record.journal if e.what in _TAKEN_BACK}
    return frame("changes", [_change(record, n, taken_back) for n in range(len(record.world.changes))])


def _change(record: Record, number: int, taken_back: set[str]) -> dict[str, object]:
    world, change, rollout = record.world, record.world.changes[number], record.world.rollouts[number]
    condition, targets = world.defect_of.get(number), np.flatnonzero(rollout.stage_of >= 0)
    reached, when, lags = record.nodes_reached(number), record.reached(number)[2], record.lags(number)
    whole = reached >= len(targets) and len(lags) > 0
    agenda = world.nodes.agenda
    reverts = record.rows_that("reverts") & (agenda.owner == number)
    return {
        "change": change.name,
        "title": change.title or "",
        "kind": change.kind,
        "route": change.route,
        "version": change.brings,
        "at": change.at,
        "commits": record.commits(number),
        "clusters": len(np.unique(record.layout.cluster[targets])),
        "nodes": len(targets),
        "offered_nodes": record.offered(number),
        "reached_clusters": record.clusters_reached(number),
        "reached_nodes": reached,
        "converged_at": float(when.max()) if whole else np.nan,
        "convergence_p50_s": float(np.quantile(lags, 0.5)) if len(lags) else np.nan,
        "convergence_p95_s": float(np.quantile(lags, 0.95)) if len(lags) else np.nan,
        "convergence_max_s": float(lags.max()) if whole else np.nan,
        "bites": record.bites(condition) if condition is not None else 0,
        "automatic_rollbacks": int(reverts.sum()),
        "rolled_back_nodes": len(np.unique(agenda.entity[reverts])),
        "refused": record.refused(number),
        "status": _status(rollout, change.name in taken_back, reached >= len(targets)),
    }


def _status(rollout: RolloutProcess, taken_back: bool, everywhere: bool) -> str:
    """What became of a change: a rollout that walked to its end is not done while targets lack the change."""
    if taken_back:
        return "reverted"
    return "incomplete" if rollout.status == "done" and not everywhere else rollout.status


def _converged_at(record: Record, number: int, stage: StageRecord) -> float:
    """When the last target of a stage had the change; NaN while one is missing."""
    if record.nodes_reached(number, stage) < len(stage.nodes):
        return np.nan
    if np.isnan(stage.promoted_at):
        return stage.converged_at
    return float(record.reached(number, stage)[2].max(initial=stage.promoted_at))  # nobody has waited for it


def stages(record: Record) -> pd.DataFrame:
    """One row for each stage of each change."""
    return frame(
        "stages",
        [
            {
                "change": rollout.change.name,
                "stage": s.name,
                "number": s.number + 1,
                "nodes": len(s.nodes),
                "clusters": len(s.clusters),
                "bake_s": s.bake,
                "started_at": s.started_at,
                "promoted_at": s.promoted_at,
                "converged_at": _converged_at(record, number, s),
                "ended_at": s.ended_at,
                "verdict": _verdict(record, number, rollout, s),
            }
            for number, rollout in record.world.rollouts.items()
            for s in rollout.stages
        ],
    )


def _verdict(record: Record, number: int, rollout: RolloutProcess, stage: StageRecord) -> str:
    """What became of a stage: a walk to its end is not yet a change on all its nodes."""
    if stage.verdict == "running" and rollout.status == "paused":
        return "paused"
    if stage.verdict == "done" and record.nodes_reached(number, stage) < len(stage.nodes):
        return "incomplete"
    return stage.verdict


def reach(record: Record) -> pd.DataFrame:
    """How far each stage has come, as a step function; repeated changes are left out."""
    parts = [
        _reach(record, number, rollout.change.name, stage)
        for number, rollout in record.world.rollouts.items()
        if not rollout.change.repeat
        for stage in rollout.stages
        if not np.isnan(stage.started_at)
    ]
    return frame("reach", pd.concat(parts, ignore_index=True) if parts else [])


def _reach(record: Record, number: int, change: str, stage: StageRecord) -> pd.DataFrame:
    _, stands_for, when = record.reached(number, stage)
    at, level = steps(when, stands_for.astype(float))
    at, level = np.concatenate([[stage.started_at], at]), np.concatenate([[0.0], level])
    return pd.DataFrame(
        {
            "change": change,
            "stage": stage.name,
            "number": stage.number + 1,
            "at": at,
            "nodes": level,
            "share": level / max(1, len(stage.nodes)),
        }
    )
