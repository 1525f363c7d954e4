"""FleetLock: a server (airlock, or Poseidon's fleetlock) that hands out reboot slots to a group of nodes.

A node takes a slot before its reboot and gives it back when it is steady again. A failed one keeps it on purpose, and
without the server nobody reboots.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from simulator import facts
from simulator.kernel import NEVER, Calendar, Keyed, Polls
from simulator.nodes.coordinators.coordinator import Coordinator, Draining
from simulator.nodes.layout import Layout
from simulator.scenario.base import Whole
from simulator.scenario.fleet import Coordination


class FleetLockSettings(Coordination):
    """Zincati's fleet_lock strategy and its server."""

    by: Literal["fleetlock"] = "fleetlock"
    slots: Whole = Field(
        int(facts.get("airlock.default_slots").number),
        ge=1,
        description="Nodes of the group that may be out at once; a slot has no expiry.",
        json_schema_extra={"fact": "airlock.default_slots"},
    )
    group: str = Field(
        facts.get("fedora-coreos.zincati.fleetlock_group").value,
        description="Nodes of a group share its slots.",
        json_schema_extra={"fact": "fedora-coreos.zincati.fleetlock_group"},
    )
    scope: Literal["cluster", "fleet"] = Field(
        "cluster", description="cluster: a server in each; fleet: one server for the groups of all clusters."
    )
    server: str | None = Field(
        None, description="The component that the server is; while it is down nobody reboots. Default: never down."
    )
    drains: bool = Field(
        False, description="The server drains a node before it grants the slot (Poseidon's does, airlock does not)."
    )

    def references(self) -> list[tuple[tuple, str]]:
        return [(("server",), self.server)] if self.server else []


class FleetLock(Coordinator):
    """The verbs of FleetLock."""

    settings = FleetLockSettings

    def __init__(self, say: FleetLockSettings, keyed: Keyed, calendar: Calendar, layout: Layout) -> None:
        super().__init__(say, keyed, calendar, layout)
        self.slots, self.group, self.scope = say.slots, say.group, say.scope
        self.requires = (say.server,) if say.server else ()
        self.draining = Draining(NEVER, "ask-again") if say.drains else None
        # Zincati asks at its own pace, and again after each refusal.
        period = facts.get("fedora-coreos.zincati.steady_interval").seconds
        _, most = facts.get("fedora-coreos.zincati.jitter").range
        self._ticks = Polls(keyed, "fleetlock", layout.nodes, period * (1 + most / 200), most / 200, calendar.horizon)

    def asks(self, nodes: np.ndarray, since: np.ndarray, at: np.ndarray, zone: str, attempt: np.ndarray) -> np.ndarray:
        return self._ticks.next_after(nodes, at)


#: What this file adds to the vocabulary.
COORDINATOR = FleetLock
