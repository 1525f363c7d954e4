"""locksmith of Flatcar: reboots at once, or with a semaphore in the cluster's etcd that never expires."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from simulator import facts
from simulator.kernel import Calendar, Keyed, backoff
from simulator.nodes.coordinators.coordinator import Coordinator
from simulator.nodes.layout import Layout
from simulator.scenario.base import Whole
from simulator.scenario.fleet import Coordination
from simulator.scenario.window import Window


class LocksmithSettings(Coordination):
    """locksmithd on every node."""

    by: Literal["locksmith"] = "locksmith"
    strategy: Literal["reboot", "etcd-lock", "off"] = Field(
        "reboot",
        description="reboot: at once; etcd-lock: one node of the cluster after the other; off: waits for somebody.",
        json_schema_extra={"fact": "flatcar.reboot.default_strategy_website"},
    )
    max: Whole = Field(
        int(facts.get("flatcar.locksmith.semaphore_max").number),
        ge=1,
        description="Nodes of a cluster that may hold the semaphore at once (etcd-lock). It has no expiry.",
        json_schema_extra={"fact": "flatcar.locksmith.semaphore_max"},
    )
    windows: list[Window] = Field(
        default_factory=list, description="When nodes may reboot, in their local time; default: at any time."
    )


class Locksmith(Coordinator):
    """The verbs of locksmith. It does not drain."""

    settings = LocksmithSettings

    def __init__(self, say: LocksmithSettings, keyed: Keyed, calendar: Calendar, layout: Layout) -> None:
        super().__init__(say, keyed, calendar, layout)
        if say.strategy == "etcd-lock":
            self.slots, self.requires = say.max, ("etcd",)

    def asks(self, nodes: np.ndarray, since: np.ndarray, at: np.ndarray, zone: str, attempt: np.ndarray) -> np.ndarray:
        if self.say.strategy == "off":
            return np.full(len(nodes), np.inf)
        opens = self.open_from(zone, at)
        if self.say.strategy == "reboot":
            return opens
        shortest, longest = facts.get("flatcar.locksmith.lock_backoff").seconds_range
        return backoff.after(since, opens, shortest, 2.0, longest)


#: What this file adds to the vocabulary.
COORDINATOR = Locksmith
