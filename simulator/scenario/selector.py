"""Selectors: label matches as in Kubernetes, and comparisons on attributes.

`{environment: prod}`, `{region: [eu, us]}`, `{cluster.nodes: {above: 100}}`, `{tier: {not: gold}}`.
Every entry must hold. Which keys exist is known only with the whole scenario at hand.
"""

from __future__ import annotations

from typing import Mapping

import numpy as np
from pydantic import ConfigDict, Field, RootModel, model_validator

from simulator.scenario.base import Model

Scalar = str | int | float | bool

#: Attributes every node has, and what they mean. Labels of the fleet add to them.
ATTRIBUTES = {
    "fleet": "the fleet entry a cluster was declared by",
    "environment": "environment of the cluster: dev, staging, prod",
    "region": "region of the cluster",
    "zone": "zone of the cluster",
    "cluster": "name of the cluster: the fleet entry's own, or with -0, -1, ... when it makes several",
    "cluster.nodes": "number of nodes of the cluster",
    "pool": "name of the node pool",
    "pool.nodes": "number of nodes of the pool in this cluster",
    "role": "worker or control-plane",
    "os": "operating system of the pool",
    "platform": "vm, cloud or bare-metal",
}


class Comparison(Model):
    """Bounds and exceptions on one attribute; every one given must hold."""

    above: float | None = Field(None, description="Greater than.")
    below: float | None = Field(None, description="Less than.")
    at_least: float | None = Field(None, description="Greater than or equal.")
    at_most: float | None = Field(None, description="Less than or equal.")
    in_: list[Scalar] | None = Field(None, alias="in", description="One of these.")
    not_: Scalar | list[Scalar] | None = Field(None, alias="not", description="None of these.")

    @model_validator(mode="after")
    def _says_something(self):
        if not self.model_fields_set:
            raise ValueError("a comparison names at least one of above, below, atLeast, atMost, in, not")
        return self

    def match(self, column: np.ndarray) -> np.ndarray:
        found = np.ones(len(column), bool)
        for name, compare in (("above", np.greater), ("below", np.less), ("at_least", np.greater_equal),
                              ("at_most", np.less_equal)):
            if (bound := getattr(self, name)) is not None:
                found &= compare(column.astype(float), bound)
        if self.in_ is not None:
            found &= np.isin(column.astype(str), [str(v) for v in self.in_])
        if self.not_ is not None:
            banned = self.not_ if isinstance(self.not_, list) else [self.not_]
            found &= ~np.isin(column.astype(str), [str(v) for v in banned])
        return found


class Selector(RootModel[dict[str, Scalar | list[Scalar] | Comparison]]):
    """Attribute or label to a value, a list of values or a comparison. Empty selects everything."""

    model_config = ConfigDict(frozen=True)
    root: dict[str, Scalar | list[Scalar] | Comparison] = Field(default_factory=dict)

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
        return ", ".join(f"{k}={v}" if not isinstance(v, Comparison) else
                         f"{k} {' '.join(f'{a} {b}' for a, b in v.model_dump(exclude_none=True).items())}"
                         for k, v in self.root.items()) or "everything"

