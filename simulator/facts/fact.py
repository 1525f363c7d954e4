"""One sourced constant, and the ways to read its value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from simulator.facts import values

_Reading = TypeVar("_Reading")


@dataclass(frozen=True, slots=True)
class Fact:
    """A constant with its origin. The value stays text, as published; the properties read it.

    Attributes:
        name: ``system.parameter``, for example ``talos.boot.timeout_all_services``.
        value: as the source gives it: ``70m``, ``20``, ``3h (attempt 3m)``.
        unit: of a bare number; empty when the value carries its unit or has none.
        kind: ``default``, ``documented-behaviour``, ``measured``, ``spec``; or ``assumption``.
        source: where it was read; for an assumption, the reasoning behind it.
        note: what a reader should know before using it.

    A property that does not fit the value raises a `ValueError` that names the fact.
    """

    name: str
    value: str
    unit: str
    kind: str
    source: str
    note: str

    @property
    def number(self) -> float:
        """The number, in the stated unit; of ``420 +/- 300`` the centre."""
        return self._read(values.number, self.value)

    @property
    def range(self) -> tuple[float, float]:
        """The lower and the upper end of ``60-120``, ``65 to 45`` or ``420 +/- 300``, in the stated unit."""
        return self._read(values.bounds, self.value)

    @property
    def seconds(self) -> float:
        """The leading duration, in seconds. ``0 (infinite)`` and ``0 (never expires)`` are infinity."""
        return self._read(values.seconds, self.value, self.unit)

    @property
    def seconds_range(self) -> tuple[float, float]:
        """The lower and the upper end of a range of durations, in seconds."""
        return self._read(values.seconds_bounds, self.value, self.unit)

    @property
    def flag(self) -> bool:
        """The truth of ``true`` or ``false``."""
        return self._read(values.flag, self.value)

    def _read(self, reader: Callable[..., _Reading], *text: str) -> _Reading:
        try:
            return reader(*text)
        except ValueError as error:
            raise ValueError(f"{self.name}: {error}") from None
