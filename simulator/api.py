"""The small facade users meet: a scenario that can run itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self

from simulator.run import Run, simulate
from simulator.scenario import document
from simulator.scenario.paths import replaced


class Scenario(document.Scenario):
    """A scenario that can be run: `Scenario.load("bad-sysctl").run(seed=1)`."""

    def run(self, seed: int = 1, replication: int = 0) -> Run:
        """One run. Same scenario, seed, replication and version: the same bytes."""
        return simulate(self, seed, replication)

    def runs(self, n: int, seed: int = 1) -> Iterator[Run]:
        """n independent runs, one after the other, each under its own replication number.

        Runs are made one at a time as they are asked for, so only what is kept of them stays in memory. They are the
        runs of a study: `replicate(scenario, n, seed=seed)` makes tables of their metrics, on all cores.
        """
        for replication in range(n):
            yield self.run(seed, replication)

    def with_settings(self, settings: Mapping[str, Any]) -> Self:
        """This scenario with other values at some paths, as `paddock run --set` makes it; it has no variants.

        settings: path -> a value as a file would write it: `{"spec.changes[sysctl].rollout.stages[0].bake": "1h"}`.

        Raises:
            ValueError: a path leads nowhere.
            InvalidScenario: the scenario can't be run with these values.
        """
        return replaced(self, settings)
