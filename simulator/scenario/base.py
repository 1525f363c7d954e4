"""The base of every noun a scenario may declare, and the small value types they share.

A model is frozen, written in camelCase in YAML and in snake_case in Python, and refuses a key it
does not know. Durations are seconds in Python and `90s`, `5m`, `2d4h` in YAML.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.alias_generators import to_camel

from simulator import facts
from simulator.facts.durations import format_duration, parse_duration

DURATION_PATTERN = r"^(\d+(\.\d+)?(ms|s|m|h|d|w))+$"
YEAR = 365.0 * 86400.0


class Model(BaseModel):
    """A noun: immutable, strict about its keys, equal by value."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, validate_default=True,
        serialize_by_alias=True,
    )


def _duration(value: Any) -> Any:
    if isinstance(value, Seconds):
        return float(value)
    if isinstance(value, bool) or value is None:
        raise ValueError(f"{value!r} is not a duration; write it with a unit: 90s, 5m, 2d4h")
    if isinstance(value, (int, float)):
        if value < 0:
            raise ValueError("a duration can't be negative")
        if value == 0:
            return 0.0
        raise ValueError(f"a duration needs a unit: {value:g}s, {value:g}m or {value:g}h")
    return parse_duration(value) if isinstance(value, str) else value


class Seconds(float):
    """A duration that comes from Python code, already in seconds (YAML always writes a unit)."""


Duration = Annotated[
    float,
    BeforeValidator(_duration),
    PlainSerializer(format_duration, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN, "examples": ["90s", "5m", "2d4h"],
                    "description": "A duration with its unit: ms, s, m, h, d or w."}),
]


def _rate(value: Any) -> Any:
    if isinstance(value, PerSecond):
        return float(value)
    match = re.fullmatch(r"\s*([0-9.eE+]+)\s*(?:/|per\s+)\s*(s|m|h|d|w|y)\s*", str(value))
    if not match:
        raise ValueError(f"{value!r} is not a rate; write events per time: 1/y, 60/h, 0.5/d")
    return float(match[1]) / (YEAR if match[2] == "y" else parse_duration("1" + match[2]))


class PerSecond(float):
    """A rate that comes from Python code, already in events per second."""


Rate = Annotated[
    float,
    BeforeValidator(_rate),
    PlainSerializer(lambda r: f"{r * YEAR:.12g}/y", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^\s*[0-9.eE+]+\s*(/|per )\s*(s|m|h|d|w|y)\s*$",
                    "examples": ["1/y", "60/h"], "description": "Events per time: 1/y, 60/h."}),
]


def _share(value: Any) -> Any:
    if isinstance(value, str):
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", value)
        if not match:
            raise ValueError(f"{value!r} is not a share; write 5% or 0.05")
        value = float(match[1]) / 100.0
    if isinstance(value, (int, float)) and not isinstance(value, bool) and not 0.0 <= value <= 1.0:
        raise ValueError(f"a share lies between 0 and 1 (0% and 100%), not {value:g}")
    return value


Share = Annotated[
    float,
    BeforeValidator(_share),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0, "maximum": 1},
                              {"type": "string", "pattern": r"^\d+(\.\d+)?%$"}],
                    "description": "A share: 5% or 0.05."}),
]


def _count_or_share(value: Any) -> Any:
    if isinstance(value, str):
        return _share(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("write a count (3) or a share (10%)")
    if isinstance(value, float) and not value.is_integer():
        raise ValueError(f"{value:g} is neither a count nor a share; write 3 or 10%")
    if value < 1:
        raise ValueError("a count here is at least 1")
    return int(value)


CountOrShare = Annotated[
    int | float,
    BeforeValidator(_count_or_share),
    PlainSerializer(lambda v: v if isinstance(v, int) else f"{v * 100:.12g}%", when_used="json"),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": r"^\d+(\.\d+)?%$"}],
                    "description": "A count (3) or a share of what it counts (10%)."}),
]


def count_of(value: int | float, total: int) -> int:
    """How many of `total` a CountOrShare means: shares round down, and at least one is meant."""
    return max(1, min(total, value if isinstance(value, int) else int(value * total)))


def _name(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", value) or len(value) > 63:
        raise ValueError(f"{value!r} is not a name: lower-case letters, digits, '-' and '.', at most 63")
    return value


Name = Annotated[str, BeforeValidator(lambda v: str(v) if isinstance(v, (int, float)) else v), AfterValidator(_name)]


def _instant(value: Any) -> Any:
    if isinstance(value, datetime):
        instant = value
    else:
        try:
            instant = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        except ValueError:
            raise ValueError(f"{value!r} is not a date and time; write 2026-03-02T09:00:00Z") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=timezone.utc)


Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-03-02T09:00:00Z"]}),
]


def sourced(fact: str, description: str, *, reading: str = "seconds", **kwargs: Any) -> Any:
    """A field whose default is a row of the facts table; `paddock explain` prints the row's source.

    reading: how the row's value is read: seconds, number or flag.
    """
    value = getattr(facts.get(fact), reading)
    return Field(default=Seconds(value) if reading == "seconds" else value, description=description,
                 json_schema_extra={"fact": fact}, **kwargs)
