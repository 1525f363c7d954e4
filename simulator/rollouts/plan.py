"""Who belongs to a stage, and when each joins it."""

from __future__ import annotations

import numpy as np

from simulator.kernel import Keyed
from simulator.scenario.base import count_of
from simulator.scenario.change import Rollout, Stage


def assign_stages(rollout: Rollout, targets: np.ndarray, select) -> np.ndarray:
    """The stage of each node, -1 for none: the first that selects it. `select`: selector -> bool by node."""
    stage_of = np.full(len(targets), -1)
    for number in reversed(range(len(rollout.stages))):
        stage_of[targets & select(rollout.stages[number].select)] = number
    return stage_of


def split_waves(stage: Stage, clusters: np.ndarray) -> list[np.ndarray]:
    """The clusters of each wave, in their order in the fleet; one wave when the stage has none."""
    if stage.waves is None or not len(clusters):
        return [clusters]
    size = count_of(stage.waves.clusters, len(clusters))
    return [clusters[k : k + size] for k in range(0, len(clusters), size)]


def ramp(keyed: Keyed, purpose: str, who: np.ndarray, start: float, over: float) -> np.ndarray:
    """When each joins a linear ramp: evenly over its time, in an order drawn for this rollout."""
    if over <= 0 or not len(who):
        return np.full(len(who), float(start))
    order = np.argsort(np.argsort(keyed.uniform(f"{purpose}.ramp", who), kind="stable"), kind="stable")
    return start + over * (order + 0.5) / len(who)
