"""Polls: controllers that look every so often. A look that finds nothing changes nothing, so only the
look after a change is computed.

With a constant period that is a phase for each poller, exact. With jitter, look number m happens at
phase + m x period + W(m), where W is the random walk of the summed jitters. W is evaluated at any m
by Levy's midpoint construction, log2 of the horizon draws and no history: two questions about the
same poller agree whatever was asked between them, close looks are correlated as in the real chain,
and distant ones have forgotten each other. The gaps are normal with the jitter's variance.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from simulator.kernel.random import Keyed

_CHUNK = 16384


class Polls:
    """`size` pollers with the same period (seconds) and independent phases, good up to `horizon`.

    jitter: half the relative width of a gap that is uniform around the period; 0 for a constant period.
    """

    def __init__(self, keyed: Keyed, purpose: str, size: int, period: float, jitter: float = 0.0,
                 horizon: float = 86400.0) -> None:
        self.period, self._keyed, self._purpose = period, keyed, purpose
        self.sigma = period * jitter / np.sqrt(3.0)
        self.phase = -period * keyed.uniform(f"{purpose}.phase", np.arange(size))  # the last look before the start
        self._levels = max(1, int(np.ceil(np.log2(horizon / period + 16))) + 1)

    def look(self, who: np.ndarray, number: np.ndarray) -> np.ndarray:
        """When look `number` (from 0, the last before the start) of each of `who` happens, in seconds."""
        times = self.phase[who] + number * self.period
        if self.sigma:
            for part in range(0, len(who), _CHUNK):  # the walk keeps a number for each level and question
                here = slice(part, part + _CHUNK)
                times[here] += self.sigma * self._walk(who[here], number[here])
        return times

    def next_after(self, who: np.ndarray, at: np.ndarray | float) -> np.ndarray:
        """When each of `who` looks next, at or after `at`; NEVER for NEVER."""
        who = np.asarray(who)
        at = np.broadcast_to(np.asarray(at, float), who.shape)
        sure = np.isfinite(at)
        if not sure.all():
            found = np.full(who.shape, np.inf)
            found[sure] = self.next_after(who[sure], at[sure])
            return found
        number = np.maximum(np.ceil((at - self.phase[who]) / self.period), 0).astype(np.int64)
        if not self.sigma:
            return self.look(who, number)
        number = np.maximum(number + np.ceil((at - self.look(who, number)) / self.period).astype(np.int64), 0)
        times = self.look(who, number)
        while (late := np.flatnonzero(times < at)).size:
            number[late] += 1
            times[late] = self.look(who[late], number[late])
        check = np.flatnonzero((number > 0) & (times - at > 0.5 * self.period))  # may there be one before it?
        while check.size:
            before = self.look(who[check], number[check] - 1)
            check, before = check[before >= at[check]], before[before >= at[check]]
            number[check] -= 1
            times[check] = before
        return times

    def _walk(self, who: np.ndarray, number: np.ndarray) -> np.ndarray:
        """The walk with unit steps at `number`: halve the horizon towards it, a midpoint for each level."""
        levels = self._levels
        depth = np.arange(levels)[:, None]
        node = (np.int64(1) << depth) + (number[None, :] >> (levels - depth))  # index in a binary tree, root 1
        z = ndtri(self._keyed.uniform(self._purpose, who[None, :], node))
        low, high = np.zeros(len(who)), np.sqrt(2.0**levels) * ndtri(self._keyed.uniform(self._purpose, who, 0))
        for level in range(levels):
            middle = 0.5 * (low + high) + 0.5 * np.sqrt(2.0 ** (levels - level)) * z[level]
            upper = (number >> (levels - level - 1)) & 1 == 1
            low, high = np.where(upper, middle, low), np.where(upper, high, middle)
        return low
