"""Step functions made fit for drawing: a window of them, with no more steps than pixels."""

from __future__ import annotations

from typing import Any

import numpy as np

#: A picture keeps about this many steps of a curve: four for each pixel column of a wide screen.
POINTS = 5000


def thin(at: np.ndarray, values: np.ndarray, points: int = POINTS) -> np.ndarray:
    """Which rows of a step function to draw: all, or about `points` that look the same.

    Min/max decimation. Time is cut into as many columns as the points allow; of each column the first and the
    last row stay, and for each curve (a column of `values`) the rows of its smallest and its largest value.
    Every extreme survives with its own time, and no column hands a wrong value to the next, so a spike can
    look wider by at most one column and can't vanish. Rows are kept whole: what sums to N still does.
    """
    if len(at) <= points:
        return np.arange(len(at))
    values = values.reshape(len(at), -1)
    columns = max(1, points // (2 * values.shape[1] + 2))
    column = np.minimum(((at - at[0]) / (at[-1] - at[0]) * columns).astype(int), columns - 1)
    ends = np.flatnonzero(np.diff(column))
    keep = [np.r_[0, ends + 1], np.r_[ends, len(at) - 1]]
    for curve in values.T:
        order = np.lexsort((curve, column))  # by column, then by value: extremes stand at a column's ends
        keep += [order[keep[0]], order[keep[1]]]
    return np.unique(np.concatenate(keep))


def steps(at: Any, values: Any, begin: float, end: float) -> tuple[np.ndarray, np.ndarray]:
    """The step function between two times: n + 1 edges and n rows of values, thinned for drawing."""
    at, values = np.asarray(at, float), np.asarray(values, float)
    first = max(0, np.searchsorted(at, begin, side="right") - 1)
    last = max(first + 1, np.searchsorted(at, end, side="left"))
    at, values = at[first:last], values[first:last]
    keep = thin(at, values)
    return np.r_[np.clip(at[keep], begin, end), end], values[keep]
