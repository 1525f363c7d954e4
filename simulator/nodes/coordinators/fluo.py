"""FLUO, the Flatcar Linux Update Operator: lets one node of a cluster after the other reboot.

It drains with a long grace and ignores what the drain says. A node that does not come back keeps its place.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from simulator import facts
from simulator.kernel import Calendar, Keyed, Polls
from simulator.nodes.coordinators.coordinator import Coordinator, Draining
from simulator.nodes.layout import Layout
from simulator.scenario.base import Duration, Whole, sourced
from simulator.scenario.fleet import Coordination
from simulator.scenario.window import Window


class FluoSettings(Coordination):
    """FLUO: an operator, and an agent on every node."""

    by: Literal["fluo"] = "fluo"
    max_rebooting: Whole = Field(
        int(facts.get("flatcar.fluo.max_rebooting").number),
        ge=1,
        description="Nodes of a cluster that may be on their way at once.",
        json_schema_extra={"fact": "flatcar.fluo.max_rebooting"},
    )
    reconcile_period: Duration = sourced("flatcar.fluo.reconcile_period", "How often the operator looks.", gt=0)
    drain_grace: Duration = sourced(
        "flatcar.fluo.drain_grace", "How long a drain may take; what it has not evicted by then is ignored."
    )
    windows: list[Window] = Field(
        default_factory=list, description="When nodes may reboot, in their local time; default: at any time."
    )


class Fluo(Coordinator):
    """The verbs of FLUO."""

    settings = FluoSettings
    requires = ("api",)
    needs_kubelet = True

    def __init__(self, say: FluoSettings, keyed: Keyed, calendar: Calendar, layout: Layout) -> None:
        super().__init__(say, keyed, calendar, layout)
        self.slots = say.max_rebooting
        self.draining = Draining(say.drain_grace, "reboot")
        self._looks = Polls(keyed, "fluo", layout.clusters, say.reconcile_period)

    def asks(self, nodes: np.ndarray, since: np.ndarray, at: np.ndarray, zone: str, attempt: np.ndarray) -> np.ndarray:
        opens = self.open_from(zone, at)
        return self._looks.next_after(self.layout.cluster[nodes], opens)


#: What this file adds to the vocabulary.
COORDINATOR = Fluo
