"""Paddock's simulator: fleets of immutable nodes under GitOps, and what happens to them.

>>> from simulator import Scenario
>>> run = Scenario.load("bad-sysctl").run(seed=1)          # doctest: +SKIP
>>> run.metrics["blast_radius_nodes"]                      # doctest: +SKIP
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import simulator.gitops
import simulator.nodes  # noqa: F401 - imported for what they add to the vocabulary
from simulator.scenario import document
from simulator.scenario.errors import InvalidScenario, Mistake

document.seal()  # every system and engine is known now

from simulator.api import Scenario, simulate  # noqa: E402

if TYPE_CHECKING:
    from simulator.study import compare, replicate, sensitivity, sweep

#: Handed out when they are asked for: they need pandas, which takes longer to load than most commands to run.
_STUDIES = ("compare", "replicate", "sensitivity", "sweep")

try:
    __version__ = version("paddock")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"

__all__ = ["InvalidScenario", "Mistake", "Scenario", "compare", "replicate", "sensitivity", "simulate", "sweep"]


def __getattr__(name: str) -> Any:
    if name in _STUDIES:
        from simulator import study

        return getattr(study, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
