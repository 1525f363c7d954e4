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


def even_places(keyed: Keyed, purpose: str, who: np.ndarray) -> np.ndarray:
    """Places in a ramp, evenly between 0 and 1, in an order drawn for this rollout."""
    order = np.argsort(np.argsort(keyed.uniform(f"{purpose}.ramp", who), kind="stable"), kind="stable")
    return (order + 0.5) / max(len(who), 1)


def ramp(place: np.ndarray, start: float, over: float, at_once: float = 0.0) -> np.ndarray:
    """When each joins a linear ramp by its place in it (0 to 1): the first share at once, the others over its time."""
    return start + over * np.maximum(place - at_once, 0.0) / max(1.0 - at_once, 1e-12)
