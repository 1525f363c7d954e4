"""The base of every noun a scenario may declare, and the small value types they share.

A model is frozen, written in camelCase in YAML and in snake_case in Python, and refuses a key it
does not know. Durations are seconds in Python and `90s`, `5m`, `2d4h` in YAML.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel

from simulator import facts
from simulator.facts.durations import format_duration, parse_duration
from simulator.scenario.errors import shown

DURATION_PATTERN = r"^(?=.)" + "".join(rf"(\d+(\.\d+)?{unit})?" for unit in ("w", "d", "h", "m", "s", "ms")) + "$"
PERCENT = r"[0-9]+(\.[0-9]+)?\s*%"
SHARE_PATTERN = r"^0*(100(\.0+)?|[0-9]{1,2}(\.[0-9]+)?)\s*%$"
NAME_PATTERN = r"^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$"
YEAR = 365.0 * 86400.0
#: Longer than any scenario can mean; beyond it dates and milliseconds stop working.
LONGEST = 100 * YEAR


class Model(BaseModel):
    """A noun: immutable, strict about its keys, equal by value."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        validate_default=True,
        serialize_by_alias=True,
        allow_inf_nan=False,
    )

    def references(self) -> list[tuple[tuple, str]]:
        """Names of components and services in fields of its own: path below it, and name. They are checked."""
        return []


def _duration(value: Any) -> Any:
    if isinstance(value, Seconds):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(f"a duration is expected here (90s, 5m, 2d4h), not {kind_of(value)}")
    if isinstance(value, str):
        if len(value) > 40:
            raise ValueError(f"not a duration: {shown(value)}; write it like 90s, 5m, 2d4h")
        value = parse_duration(value)
        if value > LONGEST:
            raise ValueError("a duration is at most 100 years (36500d)")
        return value
    if not math.isfinite(value):
        raise ValueError(f"{value!r} is not a duration; write it like 90s, 5m, 2d4h")
    if value < 0:
        raise ValueError("a duration can't be negative")
    if value == 0:
        return 0.0
    raise ValueError(f"a duration needs a unit: {value:g}s, {value:g}m or {value:g}h")


def kind_of(value: Any) -> str:
    """What a value of a scenario file is, in words."""
    return {
        "str": "text",
        "int": "a number",
        "float": "a number",
        "list": "a list",
        "dict": "a map",
        "NoneType": "nothing",
        "bool": "true or false",
    }.get(type(value).__name__, type(value).__name__)


class Seconds(float):
    """A duration that comes from Python code, already in seconds (YAML always writes a unit)."""


Duration = Annotated[
    float,
    BeforeValidator(_duration),
    PlainSerializer(format_duration, return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "pattern": DURATION_PATTERN}, {"const": 0}],
            "examples": ["90s", "5m", "2d4h"],
            "description": "A duration with its unit: ms, s, m, h, d or w.",
        }
    ),
]


RATE_PATTERN = r"^([0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)\s*(?:/|per\s+)\s*(?P<unit>[smhdwy])$"


def _rate(value: Any) -> Any:
    if isinstance(value, PerSecond):
        return float(value)
    match = re.fullmatch(RATE_PATTERN, str(value)) if isinstance(value, (str, int, float)) else None
    rate = float(match[1]) / (YEAR if match["unit"] == "y" else parse_duration("1" + match["unit"])) if match else -1.0
    if rate == 0:
        raise ValueError("a rate is more than 0; leave out what never happens")
    if not 0 < rate <= 1e6:
        raise ValueError(f"{shown(value)} is not a rate; write events per time: 1/y, 60/h, 0.5/d")
    return rate


class PerSecond(float):
    """A rate that comes from Python code, already in events per second."""


Rate = Annotated[
    float,
    BeforeValidator(_rate),
    PlainSerializer(lambda r: f"{r * YEAR:.12g}/y", return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": RATE_PATTERN.replace("?P<unit>", ""),
            "examples": ["1/y", "60/h"],
            "description": "Events per time: 1/y, 60/h.",
        }
    ),
]


def _share(value: Any) -> Any:
    if isinstance(value, str):
        if not re.fullmatch(PERCENT, value) or len(value) > 20:
            raise ValueError(f"{shown(value)} is not a share; write 5% or 0.05")
        percent = float(value.rstrip("% "))
        if percent > 100.0:
            raise ValueError(f"a share is at most 100%, not {value}")
        return percent / 100.0
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"a share is expected here (5% or 0.05), not {kind_of(value)}")
    if not 0.0 <= value <= 1.0:
        raise ValueError(
            f"a share lies between 0 and 1 (0% and 100%), not {value:g}"
            + (f"; did you mean {value:g}%?" if 1.0 < value <= 100.0 else "")
        )
    return value


Share = Annotated[
    float,
    BeforeValidator(_share),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1},
                {"type": "string", "pattern": SHARE_PATTERN},
            ],
            "description": "A share: 5% or 0.05.",
        }
    ),
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
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": SHARE_PATTERN}],
            "description": "A count (3) or a share of what it counts (10%).",
        }
    ),
]


def _some_or_none(value: Any) -> Any:
    return 0 if value == 0 and not isinstance(value, (bool, str)) else _count_or_share(value)


CountOrShareOrNone = Annotated[
    int | float,
    BeforeValidator(_some_or_none),
    PlainSerializer(lambda v: v if isinstance(v, int) else f"{v * 100:.12g}%", when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": SHARE_PATTERN}],
            "description": "A count (3), a share of what it counts (10%), or 0.",
        }
    ),
]


def count_of(value: int | float, total: int) -> int:
    """How many of `total` a CountOrShare means: shares round down, and at least one is meant."""
    return max(1, min(total, value if isinstance(value, int) else int(value * total)))


def _name(value: str) -> str:
    if not re.fullmatch(NAME_PATTERN, value):
        raise ValueError(f"{shown(value)} is not a name: lower-case letters, digits, '-' and '.', at most 63")
    return value


Name = Annotated[
    str,
    BeforeValidator(lambda v: str(v) if isinstance(v, (int, float)) and not isinstance(v, bool) else v),
    AfterValidator(_name),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "pattern": NAME_PATTERN}, {"type": "number", "minimum": 0}],
            "description": "Its name: lower-case letters, digits, '-' and '.'.",
        }
    ),
]


#: More than that no number has that stands for something.
MOST_DIGITS = 30


def _no_flag(value: Any) -> Any:
    if isinstance(value, bool):  # Python would take true for 1
        raise ValueError(f"a number is expected here, not {str(value).lower()}")
    if isinstance(value, (int, str)) and len(str(value)) > MOST_DIGITS:
        raise ValueError(f"a number of {len(str(value))} digits can't be meant")
    return value


#: Numbers of a scenario file.
Whole = Annotated[int, BeforeValidator(_no_flag)]
Number = Annotated[float, BeforeValidator(_no_flag)]


def _instant(value: Any) -> Any:
    if isinstance(value, datetime):
        instant = value
    else:
        try:
            instant = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        except ValueError:
            raise ValueError(f"{shown(value)} is not a date and time; write 2026-03-02T09:00:00Z") from None
    if not 1970 < instant.year < 2200:
        raise ValueError(f"a date between 1971 and 2199 is expected here, not one in the year {instant.year}")
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-03-02T09:00:00Z"]}),
]


def one_of(*keys: str, at_least: bool = False) -> ConfigDict:
    """For the JSON Schema of a model: exactly one of these keys is written (or at least one)."""
    return ConfigDict(json_schema_extra={"anyOf" if at_least else "oneOf": [{"required": [key]} for key in keys]})


def sourced(fact: str, description: str, *, reading: str = "seconds", **kwargs: Any) -> Any:
    """A field whose default is a row of the facts table; `paddock explain` prints the row's source.

    reading: how the row's value is read: seconds, number or flag.
    """
    value = getattr(facts.get(fact), reading)
    return Field(
        default=Seconds(value) if reading == "seconds" else value,
        description=description,
        json_schema_extra={"fact": fact},
        **kwargs,
    )
