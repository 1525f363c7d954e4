"""What is studied: arms, each a scenario under a name, and the design points they are run at.

Where a scenario has distributions of level `uncertain`, an arm is not one scenario but a family: each draw of the
uncertain parameters makes a design point. A draw depends on seed, path and number alone, so all arms of a study
share it, as they share everything else they do not differ in.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from simulator.facts.durations import format_duration
from simulator.kernel import Keyed
from simulator.scenario.base import Model
from simulator.scenario.distribution import Distribution
from simulator.scenario.document import Scenario, library
from simulator.scenario.paths import replaced


@dataclass(frozen=True)
class Point:
    """A scenario with nothing open but the noise of a run: as text for workers, with its digest.

    draw: number of the draw of the uncertain parameters; values: what was drawn, by path.
    """

    text: str
    digest: str
    draw: int = 0
    values: dict[str, Any] = field(default_factory=dict)


class Arm:
    """One of the things that are compared.

    settings: what makes it this arm, set by path over the file and the variant; where: how the command line names the
    scenario; given: what was set by path in all arms alike.
    """

    def __init__(
        self,
        name: str,
        scenario: Scenario,
        settings: Mapping[str, Any] | None = None,
        where: str | None = None,
        given: Mapping[str, Any] | None = None,
    ) -> None:
        scenario.require_valid()
        self.name, self.scenario = name, scenario
        self.settings, self.given = dict(settings or {}), dict(given or {})
        called = scenario.metadata.name
        self.where = where or (called if called in library() else scenario._source)
        self._points: dict[tuple[int, int], Point] = {}

    @cached_property
    def uncertain(self) -> dict[str, Distribution]:
        """The distributions of level `uncertain`, by path."""
        return uncertain(self.scenario)

    def point(self, seed: int, draw: int) -> Point:
        """The design point of a draw; all draws are the same one when nothing is uncertain."""
        if not self.uncertain:
            seed, draw = 0, 0
        if (seed, draw) not in self._points:
            values = drawn(self.uncertain, seed, draw)
            chosen = replaced(self.scenario, values) if values else self.scenario
            self._points[seed, draw] = Point(as_text(chosen), chosen.digest(), draw, values)
        return self._points[seed, draw]

    def command(self, seed: int, replication: int, draw: int = 0) -> str:
        """What to type to see one of its runs."""
        words = ["paddock", "run", self.where]
        if self.scenario.variant_name:
            words += ["--variant", self.scenario.variant_name]
        for path, value in {**self.given, **self.settings, **self.point(seed, draw).values}.items():
            words += ["--set", f"{path}={_as_argument(value)}"]
        return shlex.join([*words, "--seed", str(seed), "--replication", str(replication)])


def _as_argument(value: Any) -> str:
    """A value as `--set` reads it: YAML, of which JSON is a part."""
    plain = isinstance(value, str) and not set(value) & set(",[]{}#:'\"")
    return value if plain else json.dumps(value)


def as_text(scenario: Scenario) -> str:
    """The scenario for a worker: without its variants, which are other scenarios."""
    return json.dumps({**scenario.to_data(), "variants": []}, sort_keys=True)


def uncertain(scenario: Scenario) -> dict[str, Distribution]:
    """The distributions of level `uncertain` in a scenario, by path, in the order of the file."""
    found: dict[str, Distribution] = {}
    _collect(scenario.spec, "spec", found)
    return found


def _collect(value: Any, path: str, found: dict[str, Distribution]) -> None:
    if isinstance(value, Distribution):
        if value.level == "uncertain":
            found[path] = value
    elif isinstance(value, Model):
        for name, info in type(value).model_fields.items():
            _collect(getattr(value, name), f"{path}.{info.alias or name}", found)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            _collect(item, f"{path}[{getattr(item, 'name', None) or number}]", found)


def drawn(distributions: dict[str, Distribution], seed: int, draw: int) -> dict[str, Any]:
    """A value for each of the uncertain parameters, as a file would write it."""
    keyed = Keyed(seed, draw)
    return {
        path: written(each, float(each.shape.quantile(keyed.uniform(f"uncertain {path}"))[0]))
        for path, each in distributions.items()
    }


def written(distribution: Distribution, value: float) -> Any:
    """A value of a distribution as a file would write it: a duration with its unit, or a number of nodes."""
    shape = distribution.shape.model_dump(mode="json")
    if any(isinstance(parameter, str) for parameter in shape.values()):
        return format_duration(value)
    return int(max(1, np.rint(value)))  # the only numbers that may be distributions count nodes
