"""Keyed randomness: a draw is a pure function of (seed, replication, purpose, entity, attempt).

There is no generator to share and no counter to advance, so two scenarios that differ in one thing
share every other draw, and results do not depend on the order in which anything is computed.
The mix is splitmix64's finaliser, applied once for each part of the key.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

import numpy as np

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S12 = (np.uint64(n) for n in (30, 27, 31, 12))
_MASK = (1 << 64) - 1


def _mix(x: np.ndarray) -> np.ndarray:
    x = x + _GAMMA  # an array of one dimension or more: it may overflow without a warning
    x ^= x >> _S30
    x *= _M1
    x ^= x >> _S27
    x *= _M2
    x ^= x >> _S31
    return x


def _part(key: Any) -> Any:
    return np.uint64(key & _MASK) if isinstance(key, int) else np.asarray(key).astype(np.uint64)


@lru_cache(maxsize=4096)
def _word(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def moment(at: np.ndarray) -> np.ndarray:
    """Times as a part of a key: whole seconds, and 0 for NEVER."""
    return np.where(np.isfinite(at), at, 0.0).astype(np.int64)


class Keyed:
    """The source of every random number of a run."""

    def __init__(self, seed: int, replication: int = 0) -> None:
        self.seed, self.replication = seed, replication
        base = _mix(np.array([seed & _MASK], np.uint64))
        self._base = int(_mix(base ^ np.uint64(replication & _MASK))[0])
        self._roots: dict[str, np.ndarray] = {}

    def bits(self, purpose: str, entity: Any = 0, attempt: Any = 0) -> np.ndarray:
        """64 random bits for each entity and attempt (broadcast), as uint64."""
        root = self._roots.get(purpose)
        if root is None:
            root = self._roots[purpose] = _mix(np.array([self._base ^ _word(purpose)], np.uint64))
        return _mix(_mix(root ^ _part(entity)) ^ _part(attempt))

    def uniform(self, purpose: str, entity: Any = 0, attempt: Any = 0) -> np.ndarray:
        """A number strictly between 0 and 1 for each entity and attempt (broadcast), as float64."""
        drawn = (self.bits(purpose, entity, attempt) >> _S12).astype(np.float64)
        return (drawn + 0.5) * 2.0**-52  # 52 bits: with 53 the half would be rounded, to 1 in the end

    def draw(self, value: Any, purpose: str, entity: Any = 0, attempt: Any = 0) -> np.ndarray:
        """A value that may be a number or a distribution, at the level the distribution says, as float64.

        The result has the shape of `entity` and `attempt` broadcast together.
        """
        shape = np.shape(entity)
        if np.shape(attempt) not in (shape, ()):
            shape = np.broadcast_shapes(shape, np.shape(attempt))
        drawn = np.empty(shape)
        if not hasattr(value, "shape"):
            drawn[...] = value
        elif value.level == "perEvent":
            drawn[...] = value.shape.quantile(self.uniform(purpose, entity, attempt).reshape(shape))
        elif value.level == "perEntity":
            drawn[...] = value.shape.quantile(self.uniform(purpose, entity).reshape(np.shape(entity)))
        else:  # one draw for the whole run
            drawn[...] = value.shape.quantile(self.uniform(purpose)[0])
        return drawn
