"""What applications show of themselves: out of sync, or unknown. It is not what is so: it is what the engine knows."""

from __future__ import annotations

import numpy as np

from simulator.kernel import Intervals
from simulator.run.world import Drift, World
from simulator.scenario.gitops import Status


def applications(world: World, status: Status, clusters: np.ndarray) -> Intervals:
    """When an application in each of some clusters (bool) has a status, as planned now; entity is the cluster."""
    if status == "unknown":
        return world.engine.unknown(clusters)
    drifts = [_shown(world, drift, clusters) for drift in world.drifts if drift.nodes is None]
    return world.engine.out_of_sync(clusters).union(*drifts)


def _shown(world: World, drift: Drift, clusters: np.ndarray) -> Intervals:
    change = next((change for change in world.changes if change.name == drift.cause), None)
    if change is not None and change.route == "push":  # the engine never had it
        return Intervals.none()
    via = change.via if change is not None else None
    here = clusters[drift.clusters]
    carrier = via or world.engine.say.carriers()[0][0]
    return world.engine.drift_shows(carrier, drift.clusters[here], drift.begin[here], drift.end[here])
