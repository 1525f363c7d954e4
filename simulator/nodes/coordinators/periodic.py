"""Reboots in weekly maintenance windows, each node for itself: Zincati's periodic strategy, or a cron job."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from simulator.nodes.coordinators.coordinator import Coordinator
from simulator.scenario.fleet import Coordination
from simulator.scenario.window import Window


class PeriodicSettings(Coordination):
    """Weekly windows; a node that waits reboots when one opens."""

    by: Literal["periodic"] = "periodic"
    windows: list[Window] = Field(min_length=1, description="When nodes may reboot, in their local time.")


class Periodic(Coordinator):
    """The verbs of weekly windows."""

    settings = PeriodicSettings

    def asks(self, nodes: np.ndarray, since: np.ndarray, at: np.ndarray, zone: str, attempt: np.ndarray) -> np.ndarray:
        return self.open_from(zone, at)


#: What this file adds to the vocabulary.
COORDINATOR = Periodic
