"""Quotas of a provider: how many machines a remedy may still order, and from when on more."""

from __future__ import annotations

import numpy as np

from simulator.kernel import NEVER, Keyed
from simulator.scenario.operations import Remedy


class QuotaLeft:
    """What is left of one remedy's quota in a run.

    refused_at: when the first order was refused; NEVER as long as none was. raised_at: from when on there is no limit.
    """

    def __init__(self, remedy: Remedy, keyed: Keyed) -> None:
        self.say, self.left = remedy.quota, remedy.quota.nodes
        after = self.say.raised_after
        self._after = (
            NEVER if after is None else float(keyed.draw(after, f"remedy.{remedy.name}.quota", np.zeros(1, int))[0])
        )
        self.refused_at = self.raised_at = NEVER

    def ready_from(self, at: float) -> float:
        """When something may be ordered, or a raise be asked for, at or after a time."""
        return at if self.left or np.isfinite(self._after) else NEVER

    def order(self, starts: np.ndarray, at: float) -> np.ndarray:
        """Order machines, each at its time (rising); returns from when on each may be ordered, NEVER where the limit
        is not raised."""
        allowed = np.full(len(starts), at)
        if at >= self.raised_at:
            return allowed
        refused = starts[self.left :]
        self.left -= len(starts) - len(refused)
        if len(refused):
            if not np.isfinite(self.refused_at):
                self.refused_at = float(refused[0])
                self.raised_at = self.refused_at + self._after
            allowed[len(starts) - len(refused) :] = self.raised_at
        return allowed
