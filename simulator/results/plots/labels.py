"""Names of moments along a time axis, in as many rows as it takes for none to lie on another."""

from __future__ import annotations

from collections.abc import Sequence

#: Inches that a character of 11 points takes, and those between two names.
CHARACTER, GAP = 0.088, 0.12


def rows_of(at: Sequence[float], words: Sequence[str], per_inch: float, begin: float, end: float) -> list[int]:
    """The row for each name, from 0 at the top, if it is written to the right of its moment (or, near the end of the
    axis, to its left). at, begin, end: seconds; per_inch: seconds on an inch.

    From right to left: a name that finds no room goes below those that begin after it, so that the line from its
    moment down to it crosses none of them.
    """
    rows, taken = [0] * len(at), []
    for k in sorted(range(len(at)), key=lambda k: -at[k]):
        left, right = span_of(at[k], words[k], per_inch, end)
        # A line down to the name takes room in the rows above it
        row = 0
        while any(r == row and left < until and right > since for since, until, r in taken):
            row += 1
        rows[k] = row
        taken.append((left, right, row))
        taken += [(at[k] - GAP * per_inch / 2, at[k], r) for r in range(row)]
    return rows


def span_of(at: float, word: str, per_inch: float, end: float) -> tuple[float, float]:
    """From where to where a name is written."""
    long = (CHARACTER * len(word) + GAP) * per_inch
    return (at, at + long) if is_right(at, word, per_inch, end) else (at - long, at)


def is_right(at: float, word: str, per_inch: float, end: float) -> bool:
    """Whether there is room for a name to the right of its moment."""
    return at + CHARACTER * len(word) * per_inch <= end
