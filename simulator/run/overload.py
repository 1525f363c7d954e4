"""What keeps a service down when nothing is broken any more: more comes back than it can serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.components import ActiveCondition
from simulator.kernel import Intervals
from simulator.scenario.condition import Condition, Impairment
from simulator.services import Traffic

if TYPE_CHECKING:
    from simulator.run.world import World

#: Of no change, and no fault that comes by itself.
OF_NOBODY = -1


def overload_of(service: str) -> str:
    """What the overload of a service is called, as the cause of an incident."""
    return f"{service}-overload"


class Overload(ActiveCondition):
    """The overload of one service: it is there as long as its traffic is too much, and throttling ends it."""

    def __init__(self, world: World, service: str, traffic: Traffic) -> None:
        say = Condition(impairs=[Impairment(component=service)], cleared_by=["throttle"])
        super().__init__(
            overload_of(service),
            say,
            OF_NOBODY,
            world.layout.select(say.when),
            world.layout.select_clusters(say.when),
            world.keyed,
            world.components.scope_of,
            world.horizon,
            world.nodes.on_version,
            frozenset({service}),  # the traffic itself says when the service is down
        )
        self.traffic = traffic

    def grip_on_clusters(self, clusters: np.ndarray) -> Intervals:
        story = self.traffic.story()
        return story.collapsed.union(story.overloaded).of_entities(clusters)
