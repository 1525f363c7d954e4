"""A version on its way to nodes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from simulator.kernel import NEVER
from simulator.nodes.system import Drain
from simulator.scenario.change import Change


@dataclass
class Installation:
    """What was asked, and the rows of the agenda that it has led to.

    start: by node, when the version is there for it; NEVER where it is not meant for it. until: when it is taken back:
    no node that looks later finds it. max_unavailable: nodes of a pool at once, where somebody drives the update.
    drain: what draining nodes meets now. refused: nodes that will not take it.
    """

    change: Change
    number: int
    version: int
    start: np.ndarray
    max_unavailable: int | float
    drain: Callable[[np.ndarray, np.ndarray], Drain]
    until: float = NEVER
    rows: list[np.ndarray] = field(default_factory=list)
    refused: int = 0

    def all_rows(self) -> np.ndarray:
        """The rows, void ones among them."""
        self.rows = [np.concatenate([np.zeros(0, int), *self.rows])]
        return self.rows[0]
