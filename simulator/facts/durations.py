"""Durations as people write them: ``90s``, ``5m``, ``1h30m``, ``2d4h``, ``750ms``.

One grammar for scenario files, the command line and the facts.
Inside Paddock a duration is a float, in seconds.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

#: Seconds in each unit, largest first: the order in which a duration names them.
SECONDS_PER_UNIT: dict[str, Decimal] = {
    "w": Decimal(604_800),
    "d": Decimal(86_400),
    "h": Decimal(3_600),
    "m": Decimal(60),
    "s": Decimal(1),
    "ms": Decimal("0.001"),
}

_RANK = {unit: rank for rank, unit in enumerate(SECONDS_PER_UNIT)}
_PART = re.compile(r"(?P<amount>[0-9]+(?:\.[0-9]+)?)\s*(?P<unit>[^\W\d_]*)\s*")


def parse_duration(text: str) -> float:
    """Return the seconds in `text`: ``1h30m`` is 5400.0.

    Units are w, d, h, m, s and ms, from large to small, each at most once, without spaces. An amount may have
    decimals (``1.5h``).

    Raises:
        ValueError: `text` is not such a duration; the message says what to write instead.
    """
    text = str(text).strip()  # YAML reads a bare 90 as a number: it deserves the same answer as "90"
    if text.startswith("-"):
        raise ValueError("a duration can't be negative")

    # Decimal, because 0.1 + 0.2 should be the float a reader would write: 0.3
    total, last_rank, position = Decimal(0), -1, 0
    while position < len(text) or not text:
        part = _PART.match(text, position)
        if part is None:
            raise ValueError(f"not a duration: {text!r}; write it like 90s, 5m, 2d4h")
        unit = part["unit"]
        if not unit:
            raise ValueError("a duration needs a unit: 90s, 5m, 2d4h")
        if unit not in SECONDS_PER_UNIT:
            raise ValueError(
                f"unknown unit {unit!r}; a duration uses w (weeks), d (days), h (hours), m (minutes), "
                "s (seconds), ms (milliseconds)"
            )
        if _RANK[unit] <= last_rank:
            raise ValueError(f"in {text!r} the units must go from large to small, each once: 1h30m")
        total += Decimal(part["amount"]) * SECONDS_PER_UNIT[unit]
        last_rank, position = _RANK[unit], part.end()

    compact = "".join(text.split())
    if compact != text:
        raise ValueError(f"a duration has no spaces: {compact}")
    return float(total)


def format_duration(seconds: float) -> str:
    """Return `seconds` in the shortest form that `parse_duration` reads back: ``1h30m``, ``2d4h``, ``0.5s``.

    Rounds to the millisecond; what is a whole number of milliseconds survives the round trip exactly.

    Raises:
        ValueError: `seconds` is negative, infinite or not a number.
    """
    if seconds < 0:
        raise ValueError("a duration can't be negative")
    if not math.isfinite(seconds):
        raise ValueError(f"a duration is finite, not {seconds}")

    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    # Weeks are read but not written: 10d is easier on the eye than 1w3d
    text = "".join(f"{amount}{unit}" for amount, unit in ((day, "d"), (hour, "h"), (minute, "m")) if amount)
    if milliseconds:
        return text + f"{second}.{milliseconds:03d}".rstrip("0") + "s"
    return text + f"{second}s" if second or not text else text
