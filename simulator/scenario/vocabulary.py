"""The open ends of the vocabulary: systems, coordinators and engines are files that offer themselves, on no list."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from typing import Any


def discover(package: str, path: Iterable[str], offer: str) -> dict[str, Any]:
    """What the modules of a package offer under the name `offer`, by the word that scenarios use for it.

    Each offer has `settings`, a model with a `tag`: the name of the field that has that word as its default.
    """
    found = {}
    for module in pkgutil.iter_modules(path):
        offered = getattr(importlib.import_module(f"{package}.{module.name}"), offer, None)
        if offered is not None:
            found[offered.settings.model_fields[offered.settings.tag].default] = offered
    return found
