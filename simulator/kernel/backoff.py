"""Back-off: tries whose gaps grow up to a longest, until one falls into a time at which it can succeed."""

from __future__ import annotations

import numpy as np


def after(first: np.ndarray, until: np.ndarray, gap: float, factor: float, longest: float) -> np.ndarray:
    """The first retry at or after `until` of a chain that failed at `first`; NEVER for NEVER.

    gap: between the first try and the second, s; each further one is `factor` times as long, up to `longest`.
    A chain whose `first` is not before `until` is there already.
    """
    at, until = np.array(first, float), np.asarray(until, float)
    gaps, endless = np.full(at.shape, gap), ~np.isfinite(until)
    while (late := (at < until) & ~endless).any():
        # Once the gap is at its longest the rest of the chain is even: jump.
        even = late & (gaps >= longest)
        at[even] += np.ceil((until[even] - at[even]) / longest) * longest
        step = late & ~even
        at[step] += gaps[step]
        gaps[step] = np.minimum(gaps[step] * factor, longest)
    at[endless] = np.inf
    return at
