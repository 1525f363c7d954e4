"""Nobody reboots a node that has an update installed, until a person (or a power cut) does."""

from __future__ import annotations

from typing import Literal

import numpy as np

from simulator.nodes.coordinators.coordinator import Coordinator
from simulator.scenario.fleet import Coordination


class ByHandSettings(Coordination):
    """Waits for somebody: an update that is installed takes effect at the next reboot, whenever that is."""

    by: Literal["hand"] = "hand"


class ByHand(Coordinator):
    """The verbs of waiting."""

    settings = ByHandSettings

    def asks(self, nodes: np.ndarray, since: np.ndarray, at: np.ndarray, zone: str, attempt: np.ndarray) -> np.ndarray:
        return np.full(len(nodes), np.inf)


#: What this file adds to the vocabulary.
COORDINATOR = ByHand
