"""Nodes: their state as arrays, one file for each operating system.

To add a system, add a file with settings (a subclass of OperatingSystem), verbs (a subclass of System)
and `SYSTEM = ...`; nothing else names it.
"""

from __future__ import annotations

import importlib
import pkgutil

from simulator.nodes.system import System


def _discover() -> dict[str, type[System]]:
    """Every module of this folder that offers a SYSTEM, by the name of the system."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        system = getattr(importlib.import_module(f"{__name__}.{module.name}"), "SYSTEM", None)
        if system is not None:
            found[system.settings.model_fields["name"].default] = system
    return found


SYSTEMS = _discover()
