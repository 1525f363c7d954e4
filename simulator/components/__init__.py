"""Components: what is up, degraded or down, when, and because of which condition.

- conditions: a declared condition at work: where and from when it bites, and what has ended it.
- loads: what conditions ask of components, and when it is too much (`Loads`).
- graph: what a component's own troubles and its requirements come to, for every cluster.
"""

from simulator.components.conditions import ActiveCondition
from simulator.components.graph import Components
from simulator.components.loads import Loads, too_much

__all__ = ["ActiveCondition", "Components", "Loads", "too_much"]
