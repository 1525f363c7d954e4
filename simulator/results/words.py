"""Numbers and times in words for people: a picture and the report beside it say a number in the same way."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime, timedelta


def happened(at: float | None) -> bool:
    """Whether a time is one: NaN and infinity say that it never happened."""
    return at is not None and math.isfinite(at)


#: (for what is shorter than this, the larger unit, the smaller one, how many make the larger, their names)
_DURATIONS = (
    (3600, 60, 1, 60, ("min", "s")),
    (86400, 3600, 60, 60, ("h", "min")),
    (math.inf, 86400, 3600, 24, ("d", "h")),
)


def duration(seconds: float) -> str:
    """Seconds for people, two units at most: '45 s', '6 min', '1 h 12 min', '3 d 4 h'; '–' for never."""
    if not happened(seconds):
        return "–"
    if 0 < seconds < 10:
        return f"{seconds:.2g} s" if round(seconds, 1) < 10 else "10 s"
    if round(seconds) < 60:
        return f"{round(seconds)} s"
    for limit, big, small, per, names in _DURATIONS:
        whole, part = divmod(round(seconds / small), per)
        # Seconds say nothing about a quarter of an hour
        if small == 1 and whole >= 10:
            whole, part = round(seconds / big), 0
        if whole * big < limit:
            return f"{whole} {names[0]}" + (f" {part} {names[1]}" if part else "")
    raise AssertionError("the last unit has no limit")


def percent(share: float) -> str:
    """A share with two digits that matter, counted from the nearer end: '40 %', '0.31 %', '99.95 %'."""
    if not happened(share):
        return "–"
    rest = 100 * min(abs(share), abs(1 - share))
    digits = min(6, max(0, 1 - math.floor(math.log10(rest)))) if rest else 0
    text = f"{100 * share:,.{digits}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + " %"


def count(number: float) -> str:
    """A whole number with its thousands apart: '10,000'."""
    return f"{number:,.0f}" if happened(number) else "–"


def plural(number: float, word: str) -> str:
    """'1 node', '4,000 nodes'."""
    return f"{count(number)} {word}{'' if number == 1 else 's'}"


def hours(value: float) -> str:
    """Hours with the digits that matter: '0.42', '13.0', '3,120'."""
    return f"{value:,.{0 if value >= 100 or not value else 1 if value >= 10 else 2}f}"


def figure(value: float, digits: int = 4) -> str:
    """A number of any size: the digits that are asked for, and thousands apart."""
    if not happened(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.{digits}g}"


def in_words(value: float, unit: str) -> str:
    """A value of a metric, with its sign: '12 min', '-31 %', '1,204 node-h'; '–' for none."""
    sign = "-" if value < 0 else ""
    if unit == "s":
        return sign + duration(abs(value))
    if unit == "share":
        return sign + percent(abs(value))
    return f"{figure(value, 3)} {unit}" if happened(value) else "–"


def change_in_words(value: float, unit: str) -> str:
    """A difference of two values. Of two shares it is told in points, since '5 %' might be of the first of them."""
    if unit != "share":
        return in_words(value, unit)
    return in_words(100 * value, "points")


def between(low: float, high: float, unit: str, say: Callable[[float, str], str] = in_words) -> str:
    """An interval: '12 to 15 min', '50 min to 1 h 5 min'; 'no interval from one value' where there is none."""
    if not (happened(low) and happened(high)):
        return "no interval from one value"
    first, last = say(low, unit), say(high, unit)
    number, _, shared = last.partition(" ")
    once = f"{first.removesuffix(f' {shared}')} to {last}"
    return once if re.fullmatch(r"\S+ to \S+ \S+", once) else f"{first} to {last}"


def clock(start: datetime, at: float, *, day: bool = False, seconds: bool = False) -> str:
    """What the clock on the wall says: '09:31', 'Mon 2 Mar 09:31:20'; '–' for never."""
    if not happened(at):
        return "–"
    now = start + timedelta(seconds=float(at))
    return (f"{now:%a} {now.day} {now:%b} " if day else "") + f"{now:%H:%M:%S}"[: 8 if seconds else 5]


def date(moment: datetime) -> str:
    """A date and time in full: 'Mon 2 Mar 2026, 09:00 UTC'."""
    return f"{moment:%a} {moment.day} {moment:%b %Y, %H:%M} {moment.tzname() or ''}".rstrip()
