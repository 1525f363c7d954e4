"""Ends of spells that follow from a plan: void when the plan moves."""

from __future__ import annotations

import numpy as np

from simulator.kernel import NEVER, Spells


class PlannedEnds:
    """When spells (None: nothing has any) end because of one plan, by entity; NEVER where they do not."""

    def __init__(self, spells: Spells | None, size: int) -> None:
        self._spells, self._at = spells, np.full(size, NEVER)

    def move(self, who: np.ndarray, at: np.ndarray, now: float) -> None:
        """What was planned before for some is void, and they end at another time; whoever asks closes them."""
        if self._spells is not None:
            mine = who[np.isfinite(self._at[who])]
            self._spells.reopen(mine[self._spells.end[mine] == self._at[mine]], now)
        self._at[who] = at
