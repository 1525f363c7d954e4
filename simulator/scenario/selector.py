"""Selectors: label matches as in Kubernetes, and comparisons on attributes.

`{environment: prod}`, `{region: [eu, us]}`, `{cluster.nodes: {above: 100}}`, `{tier: {not: gold}}`.
Every entry must hold. Which keys exist is known only with the whole scenario at hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, RootModel, Tag, model_validator

from simulator.scenario.base import Model, Number, kind_of


def _scalar(value: Any) -> Any:
    if not isinstance(value, (str, int, float)):
        raise ValueError(f"text, a number, true or false is expected here, not {kind_of(value)}")
    return value


Scalar = Annotated[str | int | float | bool, BeforeValidator(_scalar)]

#: Attributes every node has, and what they mean. Labels of the fleet add to them.
ATTRIBUTES = {
    "fleet": "the fleet entry a cluster was declared by",
    "environment": "environment of the cluster: dev, staging, prod",
    "region": "region of the cluster",
    "zone": "zone of the node: its cluster's, unless its pool is spread over zones",
    "rack": "rack of the node in its pool and zone: rack-0, rack-1, ... (of pools with a rackSize)",
    "cluster": "name of the cluster: the fleet entry's own, or with -0, -1, ... when it makes several",
    "cluster.nodes": "number of nodes of the cluster",
    "pool": "name of the node pool",
    "pool.nodes": "number of nodes of the pool in this cluster",
    "role": "worker or control-plane",
    "os": "operating system of the pool",
    "platform": "vm, cloud or bare-metal",
}


BOUNDS = {"above": np.greater, "below": np.less, "at_least": np.greater_equal, "at_most": np.less_equal}


def numbers(column: np.ndarray) -> np.ndarray:
    """An attribute as numbers; what is none (a word, a label that is not there) is NaN: it meets no bound."""

    def number(value: Any) -> float:
        try:
            return float(value)
        except ValueError:
            return np.nan

    if column.dtype.kind in "iuf":
        return column.astype(float)
    values, where = np.unique(column.astype(str), return_inverse=True)
    return np.array([number(v) for v in values], float)[where]


class Comparison(Model):
    """Bounds and exceptions on one attribute; every one given must hold."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    above: Number | None = Field(None, description="Greater than.")
    below: Number | None = Field(None, description="Less than.")
    at_least: Number | None = Field(None, description="Greater than or equal.")
    at_most: Number | None = Field(None, description="Less than or equal.")
    in_: list[Scalar] | None = Field(None, alias="in", description="One of these.")
    not_: Scalar | list[Scalar] | None = Field(None, alias="not", description="None of these.")

    @model_validator(mode="after")
    def _says_something(self):
        if not self.model_fields_set:
            raise ValueError("a comparison names at least one of above, below, atLeast, atMost, in, not")
        return self

    def match(self, column: np.ndarray) -> np.ndarray:
        found = np.ones(len(column), bool)
        for name, compare in BOUNDS.items():
            if (bound := getattr(self, name)) is not None:
                found &= compare(numbers(column), bound)
        if self.in_ is not None:
            found &= np.isin(column.astype(str), [str(v) for v in self.in_])
        if self.not_ is not None:
            banned = self.not_ if isinstance(self.not_, list) else [self.not_]
            found &= ~np.isin(column.astype(str), [str(v) for v in banned])
        return found


def _wanted_kind(value: Any) -> str:
    return "map" if isinstance(value, (dict, Comparison)) else "list" if isinstance(value, list) else "value"


Wanted = Annotated[
    Annotated[Scalar, Tag("value")] | Annotated[list[Scalar], Tag("list")] | Annotated[Comparison, Tag("map")],
    Discriminator(_wanted_kind),
]


class Selector(RootModel[dict[str, Wanted]]):
    """Attribute or label to a value, a list of values or a comparison. Empty selects everything."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)
    root: dict[str, Wanted] = Field(default_factory=dict)

    def match(self, columns: Mapping[str, np.ndarray], size: int) -> np.ndarray:
        """Which rows match, as a bool array of length `size`. A label that a row lacks never matches."""
        found = np.ones(size, bool)
        for key, wanted in self.root.items():
            column = columns.get(key)
            if column is None:
                return np.zeros(size, bool)
            if isinstance(wanted, Comparison):
                found &= wanted.match(column)
            elif isinstance(wanted, list):
                found &= np.isin(column.astype(str), [str(v) for v in wanted])
            else:
                found &= column.astype(str) == str(wanted)
        return found

    def __bool__(self) -> bool:
        return bool(self.root)

    def __str__(self) -> str:
        return (
            ", ".join(
                f"{k}={v}"
                if not isinstance(v, Comparison)
                else f"{k} {' '.join(f'{a} {b}' for a, b in v.model_dump(exclude_none=True).items())}"
                for k, v in self.root.items()
            )
            or "everything"
        )
