"""What is varied, as it is written: `PATH=V1,V2,...` for a sweep, `PATH=LOW..HIGH` for a sensitivity study."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simulator.facts.durations import format_duration, parse_duration
from simulator.scenario.errors import shown
from simulator.scenario.paths import listed
from simulator.study.errors import StudyError

_RATE = re.compile(r"(?P<amount>[0-9.eE+-]+)\s*/\s*(?P<unit>[smhdwy])$")


@dataclass(frozen=True)
class Range:
    """From a low to a high value of one kind: durations, shares in %, rates of one unit, whole numbers or numbers."""

    low: float
    high: float
    kind: str

    def at(self, share: float) -> Any:
        """The value so far along the range (0 is low, 1 is high), as a file would write it."""
        number = self.low + share * (self.high - self.low)
        if self.kind == "duration":
            return format_duration(number)
        if self.kind == "%":
            return f"{number:.12g}%"
        if self.kind == "whole":
            return int(round(number))
        if self.kind == "number":
            return float(f"{number:.12g}")
        return f"{number:.12g}{self.kind}"  # a rate: /h


def range_of(low: Any, high: Any) -> Range:
    """The range between two values as a file would write them.

    Raises:
        StudyError: they are not of one kind, or not rising.
    """
    (a, kind), (b, other) = _number(low), _number(high)
    if {kind, other} == {"whole", "number"}:
        kind = other = "number"
    if kind != other:
        raise StudyError(f"{low}..{high}: both ends must be of one kind: 5m..1h, 1%..10%, 1/y..4/y, 2..8")
    if not a < b:
        raise StudyError(f"{low}..{high}: the low end must be below the high end")
    return Range(a, b, kind)


def ends_from(text: str) -> tuple[Any, Any]:
    """The ends of `LOW..HIGH` as a file would write them. Raises StudyError."""
    low, dots, high = text.partition("..")
    if not dots or not low.strip() or not high.strip():
        raise StudyError(f"{shown(text)} is not a range; write LOW..HIGH: 5m..1h, 1%..10%, 2..8")
    try:
        (first,), (last,) = listed(low), listed(high)
    except ValueError:  # of UnknownPath, or of more values than one
        raise StudyError(f"{shown(text)} is not a range of two values; write LOW..HIGH: 5m..1h") from None
    range_of(first, last)
    return first, last


def _number(end: Any) -> tuple[float, str]:
    if isinstance(end, int) and not isinstance(end, bool):
        return float(end), "whole"
    if isinstance(end, float):
        return end, "number"
    text = str(end).strip()
    if text.endswith("%"):
        try:
            return float(text[:-1]), "%"
        except ValueError:
            pass
    if match := _RATE.match(text):
        return float(match["amount"]), f"/{match['unit']}"
    try:
        return parse_duration(text), "duration"
    except ValueError as error:
        raise StudyError(f"{shown(end)} is not the end of a range: {error}") from None


def short(paths: Sequence[str]) -> list[str]:
    """Paths by their last words, as few as tell them apart: `bake`, `stages[0].bake`."""
    words = [re.findall(r"[^.\[\]]+(?:\[[^\]]*\])?|\[[^\]]*\]", path) for path in paths]
    for many in range(1, max(map(len, words), default=1) + 1):
        made = [".".join(w[-many:]) for w in words]
        if len(set(made)) == len(made):
            return made
    return list(paths)


def number_of(value: Any) -> float | None:
    """A value as a number along an axis, or None for words and maps."""
    try:
        return float(value)
    except (TypeError, ValueError):
        pass
    try:
        return _number(value)[0]
    except StudyError:
        return None
