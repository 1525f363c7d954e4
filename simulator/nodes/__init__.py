"""Nodes: their state as arrays, one file for each operating system.

To add a system, add a file with settings (a subclass of OperatingSystem), verbs (a subclass of System)
and `SYSTEM = ...`; nothing else names it.
"""

from __future__ import annotations

from simulator.nodes.system import System
from simulator.scenario.vocabulary import discover

SYSTEMS: dict[str, type[System]] = discover(__name__, __path__, "SYSTEM")
