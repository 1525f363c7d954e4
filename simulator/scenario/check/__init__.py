"""What types alone can't check. Each module finds mistakes of one kind, with their place in the file.

- sizes: what is more than the limits, the horizon or the people allow; names: taken twice.
- references: names that stand for nothing; selectors: those that match nothing; idle: fields without effect.
"""

from __future__ import annotations

from simulator.scenario.base import Model
from simulator.scenario.check.idle import idle
from simulator.scenario.check.names import of_clusters, repeated, taken
from simulator.scenario.check.references import circles, references
from simulator.scenario.check.selectors import pinned, selectors
from simulator.scenario.check.sizes import people, sizes, times, too_large, typical
from simulator.scenario.errors import Found

__all__ = ["check", "too_large", "typical"]


def check(scenario: Model) -> list[Found]:
    """Every mistake that only shows when the whole scenario is at hand."""
    spec = scenario.spec
    too_many = list(sizes(spec))
    found = [*repeated(scenario, ()), *too_many]
    for kind in (times, taken, references, circles, people, idle, of_clusters):
        found += kind(spec)
    if not too_many:  # a selector is tried on the fleet, which must fit into memory
        found += [*selectors(spec), *pinned(spec)]
    return found
