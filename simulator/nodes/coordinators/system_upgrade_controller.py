"""system-upgrade-controller: a Plan, and a Job on each node, so many at once.

A Job that runs into its deadline fails; its node stays cordoned, and the Plan does not go past it.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from simulator.kernel import Calendar, Keyed, Polls
from simulator.nodes.coordinators.coordinator import Coordinator, Draining
from simulator.nodes.layout import Layout
from simulator.scenario.base import Duration, Whole, sourced
from simulator.scenario.fleet import Coordination


class SystemUpgradeControllerSettings(Coordination):
    """A Plan of the system-upgrade-controller for each cluster."""

    by: Literal["system-upgrade-controller"] = "system-upgrade-controller"
    concurrency: Whole = Field(1, ge=1, description="Nodes of a cluster whose Jobs may run at once.")
    polling_interval: Duration = sourced(
        "system-upgrade-controller.plan_polling_interval", "How often the Plan looks for a new version.", gt=0
    )
    drain: bool = Field(False, description="The Plan drains a node before its Job.")
    deadline: Duration = sourced(
        "system-upgrade-controller.job_active_deadline", "How long a Job, its drain included, may run.", gt=0
    )


class SystemUpgradeController(Coordinator):
    """The verbs of the system-upgrade-controller."""

    settings = SystemUpgradeControllerSettings
    requires = ("api",)
    needs_kubelet = True

    def __init__(self, say: SystemUpgradeControllerSettings, keyed: Keyed, calendar: Calendar, layout: Layout) -> None:
        super().__init__(say, keyed, calendar, layout)
        self.slots = say.concurrency
        self.draining = Draining(say.deadline, "stall") if say.drain else None
        self._polls = Polls(keyed, "system-upgrade-controller", layout.clusters, say.polling_interval)

    def asks(self, nodes: np.ndarray, since: np.ndarray, at: np.ndarray, zone: str, attempt: np.ndarray) -> np.ndarray:
        # The Plan sees the version at its poll; from then on a Job starts whenever there is room.
        return np.maximum(at, self._polls.next_after(self.layout.cluster[nodes], since))


#: What this file adds to the vocabulary.
COORDINATOR = SystemUpgradeController
