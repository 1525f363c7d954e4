"""Polls: controllers that look every so often. A look that finds nothing changes nothing, so only the
look after a change is computed.

With a constant period that is a phase for each poller, exact. With jitter, look number m happens at
phase + m x period + W(m), where W is the random walk of the summed jitters. W is evaluated at any m
by Levy's midpoint construction, log2 of the horizon draws and no history: two questions about the
same poller agree whatever was asked between them, close looks are correlated as in the real chain,
and distant ones have forgotten each other. Sums of many gaps are normal; two neighbouring gaps share
their sum as uniform ones do, and no gap leaves its range. tests/oracle/test_polls.py says how close
that is to a chain of uniform gaps.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulator.kernel.random import Keyed

#: How far a uniform jitter of unit variance goes.
_WIDEST = np.sqrt(3.0)
#: The sum of more gaps than this never comes near its bounds: they are 6 standard deviations away.
_FEW = 16
_CHUNK = 16384  # questions at once: their numbers stay in the processor's cache


class Polls:
    """`size` pollers with the same period (seconds) and independent phases, good up to `horizon`.

    jitter: half the relative width of a gap that is uniform around the period; 0 for a constant period.
    """

    def __init__(
        self, keyed: Keyed, purpose: str, size: int, period: float, jitter: float = 0.0, horizon: float = 86400.0
    ) -> None:
        self.period, self._keyed, self._purpose = period, keyed, purpose
        self.sigma = period * jitter / np.sqrt(3.0)
        # The last look before the start.
        self.phase = -period * keyed.uniform(f"{purpose}.phase", np.arange(size))
        self._levels = int(np.ceil(np.log2(1.1 * horizon / period + 16)))

    def look(self, who: np.ndarray, number: np.ndarray) -> np.ndarray:
        """When look `number` (from 0, the last before the start) of each of `who` happens, in seconds."""
        walked = self._walk(who, lambda m, _: m <= number)[1] if self.sigma else 0.0
        return self._time(who, number, walked)

    def next_after(self, who: np.ndarray, at: np.ndarray | float) -> np.ndarray:
        """When each of `who` looks next, at or after `at`; NEVER for NEVER."""
        who = np.asarray(who)
        at = np.broadcast_to(np.asarray(at, float), who.shape)
        found = np.full(who.shape, np.inf)
        sure = np.flatnonzero(at < np.inf)
        for first in range(0, len(sure), _CHUNK):
            here = sure[first : first + _CHUNK]
            found[here] = (self._next_walked if self.sigma else self._next_constant)(who[here], at[here])
        return found

    def _time(self, who: np.ndarray, number: np.ndarray, walked: np.ndarray | float) -> np.ndarray:
        return self.phase[who] + number * self.period + self.sigma * walked

    def _next_constant(self, who: np.ndarray, at: np.ndarray) -> np.ndarray:
        number = np.maximum(np.ceil((at - self.phase[who]) / self.period), 0.0)
        number += self._time(who, number, 0.0) < at  # where a division has been rounded
        number -= (self._time(who, number - 1, 0.0) >= at) & (number > 0)
        return self._time(who, number, 0.0)

    def _next_walked(self, who: np.ndarray, at: np.ndarray) -> np.ndarray:
        number, _, after = self._walk(who, lambda m, walked: self._time(who, m, walked) < at)
        return np.maximum(self._time(who, number + 1, after), at)  # at itself, far past the horizon

    def _walk(
        self, who: np.ndarray, beyond: Callable[[np.ndarray, np.ndarray], np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Halve the horizon until one step of the walk (with unit variance) is left; `beyond` says, from the
        number of the middle and the walk there, for whom it lies in the upper half. Returns the number of the
        step's beginning, and the walk at its beginning and at its end."""
        low, number = np.zeros(len(who)), np.zeros(len(who), np.int64)
        high = np.sqrt(2.0**self._levels) * self._normal(who, 0)
        for level in range(self._levels):
            half = 1 << (self._levels - level - 1)
            node = (1 << level) + (number >> (self._levels - level))  # index in a binary tree, root 1
            if half > 1:
                middle = 0.5 * (low + high) + np.sqrt(0.5 * half) * self._normal(who, node)
            if half <= _FEW:  # as far as `half` gaps can go, from either side
                least, most = np.maximum(low, high) - half * _WIDEST, np.minimum(low, high) + half * _WIDEST
                if half > 1:
                    np.clip(middle, least, most, out=middle)
                else:
                    middle = least + (most - least) * self._keyed.uniform(self._purpose, who, node)
            upper = beyond(number + half, middle)
            number[upper] += half
            np.copyto(low, middle, where=upper)
            np.copyto(high, middle, where=~upper)
        return number, low, high

    def _normal(self, who: np.ndarray, node: np.ndarray | int) -> np.ndarray:
        from scipy.special import ndtri  # here: it is a third of the time the command takes to start

        return ndtri(self._keyed.uniform(self._purpose, who, node))
