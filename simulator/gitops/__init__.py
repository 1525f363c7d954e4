"""GitOps: how a commit reaches clusters. One file for each engine.

To add an engine, add a file with settings (a subclass of Engine in scenario/gitops.py), verbs (a
subclass of Reconciler) and `ENGINE = ...`; nothing else names it.
"""

from __future__ import annotations

import importlib
import pkgutil

from simulator.gitops.reconciler import Delivery, Reconciler

__all__ = ["ENGINES", "Delivery", "Reconciler"]


def _discover() -> dict[str, type[Reconciler]]:
    """Every module of this folder that offers an ENGINE, by the name of the engine."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        engine = getattr(importlib.import_module(f"{__name__}.{module.name}"), "ENGINE", None)
        if engine is not None:
            found[engine.settings.model_fields["engine"].default] = engine
    return found


ENGINES = _discover()
