"""A remedy at work, and what every remedy needs: how long it takes, and that a rollout stops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator import facts
from simulator.components import ActiveCondition
from simulator.run.world import World
from simulator.scenario.operations import Remedy


@dataclass
class Job:
    """A remedy at work: against what, from when on, and where; and what has come of it so far (see Pulled)."""

    remedy: Remedy
    condition: ActiveCondition
    at: float
    nodes: np.ndarray
    clusters: np.ndarray
    waits: str = ""
    complete: bool = True
    undone_at: float = np.nan
    pause: tuple[float, float] | None = None


def lasts(world: World, remedy: Remedy, fact: str, who: np.ndarray) -> np.ndarray:
    """How long a remedy takes for each, as it declares or as the fact has it."""
    value = remedy.duration if remedy.duration is not None else facts.get(fact).seconds
    return world.keyed.draw(value, f"remedy.{remedy.name}", who, int(world.env.now))


def stop_rollout(world: World, condition: ActiveCondition, why: str) -> None:
    """What brings a condition is rolled out no further."""
    rollout = world.rollouts.get(condition.number)
    if rollout is not None:
        rollout.abort(why)
