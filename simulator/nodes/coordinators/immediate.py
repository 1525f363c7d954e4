"""Nobody coordinates: a node reboots as soon as its update is installed."""

from __future__ import annotations

from typing import Literal

import numpy as np

from simulator.nodes.coordinators.coordinator import Coordinator
from simulator.scenario.fleet import Coordination


class ImmediateSettings(Coordination):
    """No coordinator: reboots at once."""

    by: Literal["immediate"] = "immediate"


class Immediate(Coordinator):
    """The verbs of nobody."""

    settings = ImmediateSettings

    def asks(self, nodes: np.ndarray, since: np.ndarray, at: np.ndarray, zone: str, attempt: np.ndarray) -> np.ndarray:
        return at


#: What this file adds to the vocabulary.
COORDINATOR = Immediate
