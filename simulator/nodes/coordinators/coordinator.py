"""What every reboot coordinator can be asked. Each is one file beside this one.

A node that has installed a version asks for leave to reboot. A coordinator says when it asks, how many nodes may be
out for it at once, whether it drains them, what becomes of a drain that fails, and who frees the slot of a node that
does not come back. Who gets the next slot is worked out in `locks`, for all of them alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from simulator.kernel import NEVER, Calendar, Keyed
from simulator.nodes.layout import Layout
from simulator.scenario.fleet import Coordination


@dataclass(frozen=True)
class Draining:
    """How a node is drained before its reboot.

    timeout: s, NEVER: it waits for as long as it takes. refused: what follows when the time is over: the node reboots
    all the same, it gives its slot back and asks again, or it stays cordoned and keeps its slot.
    """

    timeout: float
    refused: Literal["reboot", "ask-again", "stall"]


class Coordinator:
    """The verbs of a reboot coordinator, for one pool group with its settings."""

    settings: type[Coordination]
    #: The nodes that share its slots: those of a cluster, or of the whole fleet.
    scope: Literal["cluster", "fleet"] = "cluster"
    #: Nodes of one scope and group share their slots.
    group = ""
    #: Nodes that may be out for it at once; None: it does not count.
    slots: int | None = None
    #: A slot that has not been given back is free again after so long.
    expiry = NEVER
    #: None: it does not drain.
    draining: Draining | None = None
    #: Components that must be up when a node asks.
    requires: tuple[str, ...] = ()
    #: Its agent is a pod: it gives the slot back only where the kubelet works.
    needs_kubelet = False
    #: From the node's return to the slot's.
    released_after = 0.0

    def __init__(self, say: Coordination, keyed: Keyed, calendar: Calendar, layout: Layout) -> None:
        self.say, self.keyed, self.calendar, self.layout = say, keyed, calendar, layout

    def asks(self, nodes: np.ndarray, since: np.ndarray, at: np.ndarray, zone: str, attempt: np.ndarray) -> np.ndarray:
        """When each node, which has waited since a time, asks next, at or after `at`; NEVER when it does not."""
        raise TypeError(f"{type(self).__name__} does not say when a node asks")

    def open_from(self, zone: str, at: np.ndarray) -> np.ndarray:
        """The first time at or after `at` in one of its maintenance windows; without any, at once."""
        windows = self.say.windows
        return self.calendar.open_from(zone, [window.opening for window in windows], at) if windows else at
