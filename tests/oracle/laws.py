"""Laws from theory that several oracles ask."""

from __future__ import annotations

import numpy as np


def residual_life(shortest: float, longest: float):
    """Distribution function of the wait, from a random moment on, for the next event of a renewal process whose gaps
    are uniform between two lengths."""
    mean, width = (shortest + longest) / 2, longest - shortest

    def cdf(x):
        x = np.clip(np.asarray(x, float), 0.0, longest)
        over = np.maximum(x - shortest, 0.0)
        return (x - over**2 / (2 * width)) / mean if width else x / mean  # the integral of P(gap > x), over the mean

    return cdf


def mean_residual(shortest: float, longest: float) -> float:
    """Its mean: E[gap^2] / 2 E[gap]."""
    mean, width = (shortest + longest) / 2, longest - shortest
    return (mean**2 + width**2 / 12) / (2 * mean)
