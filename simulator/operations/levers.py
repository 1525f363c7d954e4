"""What people can pull, as operations sees it; the run wires it to the rooms that do the work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from simulator.components import ActiveCondition
from simulator.scenario.operations import Expression, Remedy


@dataclass(frozen=True)
class Pulled:
    """What comes of pulling a lever, as planned then.

    done_at: when it will have ended where it acts. waits: what the rest waits for ('' for nothing); complete: that
    rest comes by itself. undone_at: when the GitOps engine first undoes it. nodes, clusters: where it acts. pause: from
    when until when the work stands still, for that.
    """

    done_at: float
    nodes: np.ndarray
    clusters: np.ndarray
    waits: str = ""
    complete: bool = True
    undone_at: float = np.nan
    pause: tuple[float, float] | None = None


class Levers(Protocol):
    """The remedies of a runbook, and what they meet."""

    def biting(self, at: float, expr: Expression) -> list[ActiveCondition]:
        """Conditions at work at a time that make an expression true, the one that hits most first."""

    def refuses(self, remedy: Remedy, condition: ActiveCondition) -> str:
        """Why something does not let people take a remedy; '' where nothing does."""

    def ready_from(self, remedy: Remedy, condition: ActiveCondition, at: float) -> tuple[float, str]:
        """When the remedy's prerequisites are up in the first place it has to act, and what is waited for ('' for
        nothing)."""

    def others_hit(self, remedy: Remedy, condition: ActiveCondition, nodes: np.ndarray, at: float) -> bool:
        """Whether a remedy that acts on single nodes has others to act on than these."""

    def circular(self, condition: ActiveCondition, component: str, at: float) -> bool:
        """Whether a component that is waited for is down because of the very condition that would be cleared."""

    def pull(self, remedy: Remedy, condition: ActiveCondition, at: float, tier: int) -> Pulled | None:
        """Start a remedy where its prerequisites are up, in one tier of its order; None where nobody of the tier is
        hit."""

    def back_from(self, remedy: Remedy, condition: ActiveCondition, pulled: Pulled, at: float) -> float:
        """When all it has acted on are back, as planned now; NEVER where some do not come back."""
