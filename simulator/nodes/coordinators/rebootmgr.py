"""rebootmgr of MicroOS and SLE Micro: a daily window, and no lock since 2.0."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from simulator import facts
from simulator.nodes.coordinators.coordinator import Coordinator
from simulator.scenario.base import Duration, sourced
from simulator.scenario.fleet import Coordination
from simulator.scenario.window import TimeOfDay, seconds_of

#: What rand() of the GNU C library returns first when nobody has seeded it.
FIRST_RAND = 1804289383


class RebootManagerSettings(Coordination):
    """rebootmgr and its maintenance window (local time)."""

    by: Literal["rebootmgr"] = "rebootmgr"
    strategy: Literal["best-effort", "maint-window", "instantly", "off"] = Field(
        "best-effort",
        description="When a requested reboot happens.",
        json_schema_extra={"fact": "microos.rebootmgr.strategy_default"},
    )
    window_start: TimeOfDay = Field(
        facts.get("microos.rebootmgr.window_start").value,
        description="Daily window.",
        json_schema_extra={"fact": "microos.rebootmgr.window_start"},
    )
    window_duration: Duration = sourced("microos.rebootmgr.window_duration", "How long the window is open.", gt=0)
    seeded: bool = Field(
        False,
        description="True: a rebootmgr with a seeded generator, so that reboots spread over the "
        "window. The real one draws the same first number on every node.",
        json_schema_extra={"fact": "microos.rebootmgr.window_jitter"},
    )


class RebootManager(Coordinator):
    """The verbs of rebootmgr. It has no lock: each node decides for itself."""

    settings = RebootManagerSettings

    def asks(self, nodes: np.ndarray, since: np.ndarray, at: np.ndarray, zone: str, attempt: np.ndarray) -> np.ndarray:
        say = self.say
        if say.strategy == "off":
            return np.full(len(nodes), np.inf)
        if say.strategy == "instantly":
            return at
        opens, lasts = seconds_of(say.window_start), say.window_duration
        if say.seeded:
            jitter = lasts * self.keyed.uniform("node.rebootmgr", nodes, attempt)
        else:  # rand() % duration of a generator nobody has seeded: the same on every node
            jitter = float(FIRST_RAND % int(lasts))
        window, _ = self.calendar.next_daily(zone, opens, at)
        return np.where(self.calendar.in_window(zone, opens, lasts, at), at, window + jitter)


#: What this file adds to the vocabulary.
COORDINATOR = RebootManager
