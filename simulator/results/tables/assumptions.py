"""The defaults that decided a run, each with its source."""

from __future__ import annotations

import pandas as pd

from simulator import facts
from simulator.results.columns import frame
from simulator.results.record import Record
from simulator.scenario.base import Model


def assumptions(record: Record) -> pd.DataFrame:
    """Facts and assumptions that decided the run because the scenario left them at their defaults."""
    used: dict[str, set[str]] = {}
    _collect(record.world.spec, "", used)
    return frame(
        "assumptions",
        [
            {
                "name": name,
                "value": _value(fact := facts.get(name)),
                "kind": fact.kind,
                "source": fact.source,
                "used_for": ", ".join(sorted(used[name])),
            }
            for name in sorted(used)
        ],
    )


def _collect(value: object, path: str, used: dict[str, set[str]]) -> None:
    """Put the fields that were left at a sourced default into `used`, by the fact they take it from."""
    if isinstance(value, Model):
        for name, field in type(value).model_fields.items():
            below = f"{path}.{field.alias or name}".lstrip(".")
            extra = field.json_schema_extra
            if isinstance(extra, dict) and "fact" in extra and name not in value.model_fields_set:
                used.setdefault(extra["fact"], set()).add(below)
            _collect(getattr(value, name), below, used)
    elif isinstance(value, list):
        for item in value:
            _collect(item, path, used)


def _value(fact: facts.Fact) -> str:
    """A value with its unit, where the value does not say it itself."""
    return fact.value if fact.unit in ("duration", "bool") else f"{fact.value} {fact.unit}".strip()
