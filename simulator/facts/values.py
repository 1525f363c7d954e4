"""Numbers, ranges and durations inside published values.

A fact keeps its value as its source gives it: ``70m``, ``3h (attempt 3m)``, ``420 +/- 300 (2-12 min)``,
``0 (infinite)``. These functions take the quantity out and leave the remark. They are strict where a guess
would hide a choice: a range is never read as its lower end, a ratio never as its first term.

Each raises a `ValueError` that says what the text is not; `Fact` adds the name.
"""

from __future__ import annotations

import math
import re

from simulator.facts.durations import SECONDS_PER_UNIT, parse_duration

#: Seconds in each unit of time that the facts use. A year has 365 days, as in the lifetime of a certificate.
SECONDS_PER_WORD: dict[str, float] = {unit: float(seconds) for unit, seconds in SECONDS_PER_UNIT.items()} | {
    word: float(seconds)
    for words, seconds in (
        ("second seconds sec", 1),
        ("minute minutes min", 60),
        ("hour hours", 3_600),
        ("day days", 86_400),
        ("week weeks", 7 * 86_400),
        ("month months", 365 * 86_400 / 12),
        ("year years", 365 * 86_400),
    )
    for word in words.split()
}

_NUMBER = r"-?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?"
_COMPACT = r"(?:[0-9]+(?:\.[0-9]+)?(?:ms|[wdhms]))+(?!\w)"  # what parse_duration reads: 1h30m
_WORDED = rf"{_NUMBER} ?[a-z]+"  # 10 s, 10min, 1 week
_ANY = rf"{_COMPACT}|{_WORDED}|{_NUMBER}"
_REMARK = r"(?: ?\(.*\))?"

_PLAIN = re.compile(rf"(?:about )?(?P<quantity>{_NUMBER})(?: \+/- (?P<spread>{_NUMBER}))?{_REMARK}")
_RANGE = re.compile(rf"(?P<low>{_ANY})(?:-| to )(?P<high>{_ANY})\+?{_REMARK}")
_LEADING_DURATION = re.compile(rf"(?:about )?(?P<quantity>{_COMPACT}|{_WORDED})(?!\w|-|/| to | /)")
_UNLIMITED = re.compile(r"0 \((?:never|infinite)\b.*\)")


def number(text: str) -> float:
    """Return the one number in `text`: ``5 (burst 10)`` is 5, ``420 +/- 300`` is 420, ``1,000`` is 1000."""
    match = _PLAIN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is {'a range, not one' if _RANGE.fullmatch(text) else 'not a'} number")
    return _float(match["quantity"])


def bounds(text: str) -> tuple[float, float]:
    """Return the lower and the upper end of ``60-120``, ``65 to 45`` or ``420 +/- 300``."""
    low, high = _ends(text)
    if not (re.fullmatch(_NUMBER, low) and re.fullmatch(_NUMBER, high)):
        raise ValueError(f"{text!r} is not a range of plain numbers: its ends carry units")
    return _ordered(_float(low), _float(high))


def seconds(text: str, unit: str = "") -> float:
    """Return the leading duration of `text` in seconds; a bare number counts in `unit`.

    ``3h (attempt 3m)`` is 10,800. ``0 (infinite)``, which is how tools write "no limit", is infinity: a
    timeout that never comes, not one that has come already.
    """
    if _UNLIMITED.fullmatch(text) and (unit == "duration" or unit in SECONDS_PER_WORD):
        return math.inf
    if _RANGE.fullmatch(text):
        raise ValueError(f"{text!r} is a range, not one duration")
    match = _LEADING_DURATION.match(text) or _PLAIN.fullmatch(text)
    found = match and _in_seconds(match["quantity"], unit)
    if found is None:
        raise ValueError(f"{text!r}{unit and ' in ' + repr(unit)} is not a duration")
    return found


def seconds_bounds(text: str, unit: str = "") -> tuple[float, float]:
    """Return the ends of a range in seconds: ``5s to 5m``, ``1-6 months``, ``3 to 45+`` counted in `unit`."""
    low, high = _ends(text)
    # In "1-6 months" the lower end borrows the unit of the upper one
    shared = high.lstrip("-0123456789,. ") or unit
    low_seconds, high_seconds = _in_seconds(low, shared), _in_seconds(high, unit)
    if low_seconds is None or high_seconds is None:
        raise ValueError(f"{text!r}{unit and ' in ' + repr(unit)} is not a range of durations")
    return _ordered(low_seconds, high_seconds)


def flag(text: str) -> bool:
    """Return the truth of ``true`` or ``false``; nothing else counts."""
    if text not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text == "true"


def _ends(text: str) -> tuple[str, str]:
    if match := _RANGE.fullmatch(text):
        return match["low"], match["high"]
    if (match := _PLAIN.fullmatch(text)) and match["spread"]:
        centre, spread = _float(match["quantity"]), _float(match["spread"])
        return str(centre - spread), str(centre + spread)
    raise ValueError(f"{text!r} is not a range")


def _in_seconds(quantity: str, unit: str) -> float | None:
    """Return the seconds in a quantity, by its own unit or else by `unit`; None if that is not of time."""
    if re.fullmatch(_COMPACT, quantity):
        return parse_duration(quantity)
    amount = re.match(_NUMBER, quantity)[0]
    word = quantity.removeprefix(amount).strip() or unit.partition(" ")[0]  # "min running" counts minutes
    factor = SECONDS_PER_WORD.get(word)
    return None if factor is None else _float(amount) * factor


def _float(text: str) -> float:
    return float(text.replace(",", ""))


def _ordered(one: float, other: float) -> tuple[float, float]:
    return min(one, other), max(one, other)
