"""Kured: a pod on every node that looks for the reboot sentinel, takes the cluster's lock, drains and reboots.

The lock has no expiry unless one is set, and a drain no time limit: a node that dies after its reboot, or a
PodDisruptionBudget that allows no eviction, ends all patching of its cluster.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from simulator import facts
from simulator.kernel import NEVER, Calendar, Keyed, Polls
from simulator.nodes.coordinators.coordinator import Coordinator, Draining
from simulator.nodes.layout import Layout
from simulator.scenario.base import Duration, Whole, sourced
from simulator.scenario.fleet import Coordination
from simulator.scenario.window import TimeZone, Window


class KuredSettings(Coordination):
    """Kured in every cluster."""

    by: Literal["kured"] = "kured"
    period: Duration = sourced("kured.period", "How often each node looks for its sentinel.", gt=0)
    concurrency: Whole = Field(
        int(facts.get("kured.concurrency").number),
        ge=1,
        description="Nodes of a cluster that may hold the lock at once.",
        json_schema_extra={"fact": "kured.concurrency"},
    )
    lock_ttl: Duration | None = Field(
        None,
        gt=0,
        description="A lock is free again after so long; default: never.",
        json_schema_extra={"fact": "kured.lock_ttl"},
    )
    drain_timeout: Duration | None = Field(
        None,
        gt=0,
        description="How long a drain may take; default: for ever.",
        json_schema_extra={"fact": "kured.drain_timeout"},
    )
    force_reboot: bool = sourced(
        "kured.force_reboot", "Reboot all the same when a drain has failed or timed out.", reading="flag"
    )
    windows: list[Window] = Field(
        default_factory=list,
        description="When it may reboot; default: at any time.",
        json_schema_extra={"fact": "kured.reboot_window"},
    )
    time_zone: TimeZone = Field(
        "UTC", description="Time zone of the windows.", json_schema_extra={"fact": "kured.reboot_window"}
    )


class Kured(Coordinator):
    """The verbs of Kured."""

    settings = KuredSettings
    requires = ("api",)  # the lock is an annotation of its DaemonSet
    needs_kubelet = True

    def __init__(self, say: KuredSettings, keyed: Keyed, calendar: Calendar, layout: Layout) -> None:
        super().__init__(say, keyed, calendar, layout)
        self.slots = say.concurrency
        self.expiry = NEVER if say.lock_ttl is None else say.lock_ttl
        timeout = NEVER if say.drain_timeout is None else say.drain_timeout
        self.draining = Draining(timeout, "reboot" if say.force_reboot else "ask-again")
        self.released_after = facts.get("kured.startup_tick").seconds
        self._ticks = Polls(keyed, "kured", layout.nodes, say.period)

    def asks(self, nodes: np.ndarray, since: np.ndarray, at: np.ndarray, zone: str, attempt: np.ndarray) -> np.ndarray:
        tick = self._ticks.next_after(nodes, at)
        while True:  # a tick outside of the windows does nothing
            opens = self.open_from(self.say.time_zone, tick)
            late = opens > tick
            if not late.any():
                return tick
            tick[late] = self._ticks.next_after(nodes[late], opens[late])


#: What this file adds to the vocabulary.
COORDINATOR = Kured
