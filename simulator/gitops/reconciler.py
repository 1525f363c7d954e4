"""What every engine can be asked: bring a commit to clusters, and keep them there.

An engine answers with times, computed from what is planned for the components it needs; when that
changes, what has not been applied yet is planned again. The same draws come up again, so only what
is really affected moves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from simulator.kernel import NEVER, Intervals, Keyed
from simulator.scenario.gitops import Engine

Down = Callable[[str, np.ndarray], Intervals]  # (component, mask of clusters) -> when it is down


@dataclass
class Delivery:
    """A commit on its way, one element for each (cluster, commit): a repeated change has several commits.

    number: of the change. carrier: the object it travels by. committed: when it is on the branch the cluster
    follows. applied: when the cluster has it, NEVER when it does not get it (as planned now).
    """

    number: int
    carrier: str
    clusters: np.ndarray
    committed: np.ndarray
    applied: np.ndarray = field(default=None)
    moved: Callable[[np.ndarray, np.ndarray], None] | None = None

    def cut(self, at: float) -> np.ndarray:
        """Commits that have not been merged by `at` never are. Returns which (bool)."""
        taken = self.committed > at
        self.committed[taken] = NEVER
        self.applied[taken] = NEVER
        return taken


class Reconciler:
    """The verbs of an engine for all clusters of a run.

    down: asks when a component is down. healthy: asks when what a carrier has applied is unhealthy.
    """

    settings: type[Engine]
    #: What has not been applied is tried again for as long as it takes; otherwise it is left out in the end.
    keeps_trying = True
    #: Components whose state decides when a commit is applied.
    depends_on: tuple[str, ...] = ("git", "api")
    #: Whether something waits until what was applied is healthy.
    heeds_health = False

    def __init__(self, settings: Engine, keyed: Keyed, clusters: int, horizon: float, down: Down) -> None:
        self.say, self.keyed, self.clusters, self.horizon, self.down = settings, keyed, clusters, horizon, down
        self.deliveries: list[Delivery] = []

    def deliver(self, number: int, carrier: str | None, clusters: np.ndarray, committed: np.ndarray) -> Delivery:
        """Start a commit on its way."""
        delivery = Delivery(number, carrier or self.say.carriers()[0][0], clusters, np.array(committed, float))
        delivery.applied = self.applied_at(delivery, np.arange(len(clusters)))
        self.deliveries.append(delivery)
        return delivery

    def replan(self, now: float, clusters: np.ndarray) -> None:
        """Plan again what has not been applied yet in some clusters (bool), and tell those who wait for it."""
        for delivery in self.deliveries:
            index = np.flatnonzero(
                (delivery.applied > now) & clusters[delivery.clusters] & np.isfinite(delivery.committed)
            )
            if not index.size:
                continue
            fresh = self.applied_at(delivery, index)
            changed = fresh != delivery.applied[index]
            if changed.any():
                index = index[changed]
                delivery.applied[index] = np.maximum(fresh[changed], now)
                if delivery.moved:
                    delivery.moved(index, delivery.applied[index])

    # --- what each engine answers for itself ----------------------------------------------------------------

    def applied_at(self, delivery: Delivery, index: np.ndarray) -> np.ndarray:
        """When some elements of a delivery are applied, as planned now."""
        raise TypeError(f"{type(self).__name__} does not say when it applies")

    def corrected_at(self, carrier: str, clusters: np.ndarray, edited: np.ndarray) -> np.ndarray:
        """When a hand edit of an object that the carrier manages is put right; NEVER when it is not."""
        return np.full(len(clusters), NEVER)

    def prunes(self, carrier: str) -> bool:
        """Whether an object whose manifest was deleted from Git is deleted in the cluster."""
        return False

    def remedied_after(self, carrier: str) -> float:
        """Seconds after which the engine itself takes back what came up unhealthy; NEVER when it does not."""
        return NEVER

    # --- what they share ----------------------------------------------------------------------------------------

    def mask(self, clusters: np.ndarray) -> np.ndarray:
        """Cluster numbers as a bool by cluster."""
        found = np.zeros(self.clusters, bool)
        found[clusters] = True
        return found

    def retried(self, components: tuple[str, ...], clusters: np.ndarray, first: np.ndarray, every: float) -> np.ndarray:
        """The first of the attempts at `first`, `first + every`, ... at which all components are up. What goes down at
        the very instant of an attempt, perhaps because of it, does not hold it up."""
        at = first.copy()
        down = [d for d in (self.down(name, self.mask(clusters)) for name in components) if len(d)]
        for _ in range(1000):
            late = np.zeros(len(at), bool)
            for intervals in down:
                up = intervals.over_from(clusters, np.nextafter(at, -np.inf))
                blocked = up > at
                if blocked.any():
                    at[blocked] = first[blocked] + np.ceil((up[blocked] - first[blocked]) / every) * every
                    late |= blocked & np.isfinite(at)
            if not late.any():
                break
        return at
