"""Reboot coordinators: who may reboot when. One file for each.

To add one, add a file with settings (a subclass of Coordination in scenario/fleet.py), verbs (a subclass of
Coordinator) and `COORDINATOR = ...`; nothing else names it.
"""

from __future__ import annotations

from simulator.nodes.coordinators.coordinator import Coordinator, Draining
from simulator.scenario.document import choice
from simulator.scenario.fleet import Coordination
from simulator.scenario.vocabulary import discover

__all__ = ["COORDINATORS", "CoordinatorChoice", "Coordinator", "Draining"]

COORDINATORS: dict[str, type[Coordinator]] = discover(__name__, __path__, "COORDINATOR")
#: What a pool's operating system may say under `reboots`: a coordinator's name, or a map with its settings.
CoordinatorChoice = choice(Coordination)
