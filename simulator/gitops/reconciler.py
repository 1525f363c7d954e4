"""What every engine can be asked: bring a commit to clusters, and keep them there.

An engine answers with times, computed from what is planned for the components it needs; when that
changes, what has not been applied yet is planned again. The same draws come up again, so only what
is really affected moves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from simulator.gitops.backlog import Backlog
from simulator.kernel import NEVER, Intervals, Keyed, Polls
from simulator.scenario.gitops import Engine, Status
from simulator.scenario.selector import Selector

#: What controllers in a cluster ask its API as: a workload among others.
API = "api.workloads"


@dataclass(frozen=True)
class Surroundings:
    """What an engine may ask of the world around it.

    clusters: how many there are. horizon: s. down: when a component is down in some clusters (bool). unhealthy: when
    what was applied there counts as unhealthy: one of these components and services (None: any service) is down.
    select: which clusters (bool) a selector matches.
    """

    clusters: int
    horizon: float
    down: Callable[[str, np.ndarray], Intervals]
    unhealthy: Callable[[list[str] | None, np.ndarray], Intervals]
    select: Callable[[Selector], np.ndarray]


@dataclass
class Delivery:
    """A commit on its way, one element for each (cluster, commit): a repeated change has several commits.

    number: of the change. carrier: the object it travels by. committed: when it is on the branch the cluster
    follows. seen: when the engine knows that the cluster lacks it, where it says so; applied: when the cluster has it,
    NEVER when it does not get it (as planned now).
    """

    number: int
    carrier: str
    clusters: np.ndarray
    committed: np.ndarray
    applied: np.ndarray = field(default=None)
    seen: np.ndarray = field(init=False)
    moved: Callable[[np.ndarray, np.ndarray], None] | None = None

    def __post_init__(self) -> None:
        self.seen = np.full(len(self.clusters), NEVER)

    def cut(self, at: float) -> np.ndarray:
        """Commits that have not been merged by `at` never are. Returns which (bool)."""
        taken = self.committed > at
        self.committed[taken] = NEVER
        self.applied[taken] = NEVER
        return taken


class Reconciler:
    """The verbs of an engine for all clusters of a run."""

    settings: type[Engine]
    #: What has not been applied is tried again for as long as it takes; otherwise it is left out in the end.
    keeps_trying = True
    #: Whether something waits until what was applied is healthy.
    heeds_health = False

    def __init__(self, settings: Engine, keyed: Keyed, around: Surroundings) -> None:
        self.say, self.keyed, self.around = settings, keyed, around
        self.deliveries: list[Delivery] = []
        #: How often plans were changed: what is computed from them holds while this stays the same.
        self.changes = 0
        #: Where controllers can be held up by work: all of it.
        self.backlog: Backlog | None = None

    def deliver(self, number: int, carrier: str | None, clusters: np.ndarray, committed: np.ndarray) -> Delivery:
        """Start a commit on its way."""
        self.changes += 1
        delivery = Delivery(number, carrier or self.say.carriers()[0][0], clusters, np.array(committed, float))
        delivery.applied = self.applied_at(delivery, np.arange(len(clusters)))
        self.deliveries.append(delivery)
        self._make_way()
        return delivery

    def replan(self, now: float, clusters: np.ndarray) -> None:
        """Plan again what has not been applied yet in some clusters (bool), and tell those who wait for it."""
        for delivery in self.deliveries:
            index = np.flatnonzero(
                (delivery.applied > now) & clusters[delivery.clusters] & np.isfinite(delivery.committed)
            )
            if not index.size:
                continue
            self._move(delivery, index, self.applied_at(delivery, index), now)
        self._make_way()

    def _make_way(self) -> None:
        """Plan again what controllers get to at another time, because other work has come or gone."""
        for _ in range(100):
            moved = [] if self.backlog is None else self.backlog.moved()
            if not moved:
                return
            for delivery, index in moved:
                self._move(delivery, index, self.applied_at(delivery, index))

    def _move(self, delivery: Delivery, index: np.ndarray, at: np.ndarray, now: float = -NEVER) -> None:
        """Some elements of a delivery are applied at other times, none before now; tell those who wait for it."""
        changed = at != delivery.applied[index]
        if changed.any():
            self.changes += 1
            index = index[changed]
            delivery.applied[index] = np.maximum(at[changed], now)
            if delivery.moved:
                delivery.moved(index, delivery.applied[index])

    def cut(self, delivery: Delivery, at: float) -> np.ndarray:
        """What of a delivery has not been merged by a time never is. Returns which (bool)."""
        self.changes += 1
        return delivery.cut(at)

    # --- what each engine answers for itself ----------------------------------------------------------------

    def applied_at(self, delivery: Delivery, index: np.ndarray) -> np.ndarray:
        """When some elements of a delivery are applied, as planned now."""
        raise TypeError(f"{type(self).__name__} does not say when it applies")

    def corrected_at(self, carrier: str, clusters: np.ndarray, edited: np.ndarray) -> np.ndarray:
        """When a hand edit of an object that the carrier manages is put right; NEVER when it is not."""
        return np.full(len(clusters), NEVER)

    def prunes(self, carrier: str, everything: bool = False) -> bool:
        """Whether an object whose manifest was deleted from Git is deleted in the cluster; everything: the render has
        come out empty, and all of the carrier's objects would be."""
        return False

    def refuses_rollback(self, carrier: str) -> str:
        """Why the engine does not let anybody go back to an earlier revision past Git; '' where it does."""
        return ""

    def remedied_after(self, carrier: str) -> float:
        """Seconds after which the engine itself takes back what came up unhealthy; NEVER when it does not."""
        return NEVER

    def unknown(self, clusters: np.ndarray) -> Intervals:
        """When the engine can't tell for some clusters (bool) whether they are as Git says."""
        return Intervals.none()

    def out_of_sync(self, clusters: np.ndarray) -> Intervals:
        """When the engine knows of a commit that some clusters (bool) lack."""
        return Intervals.none()

    def drift_shows(self, carrier: str, clusters: np.ndarray, begin: np.ndarray, end: np.ndarray) -> Intervals:
        """When the engine knows that objects of the carrier are not as Git says, which is so between two times."""
        return Intervals.none()

    def behind(self, status: Status) -> tuple[str, ...]:
        """The components that make applications Unknown, or keep them OutOfSync, while they are down."""
        return ()

    # --- what they share ----------------------------------------------------------------------------------------

    def mask(self, clusters: np.ndarray) -> np.ndarray:
        """Cluster numbers as a bool by cluster."""
        found = np.zeros(self.around.clusters, bool)
        found[clusters] = True
        return found

    def retried(self, components: tuple[str, ...], clusters: np.ndarray, first: np.ndarray, every: float) -> np.ndarray:
        """The first of the attempts at `first`, `first + every`, ... at which all components are up. What goes down at
        the very instant of an attempt, perhaps because of it, does not hold it up."""
        at = first.copy()
        down = self.outages(components, clusters)
        for _ in range(1000):
            up = self.up_from(down, clusters, at)
            blocked = up > at
            at[blocked] = first[blocked] + np.ceil((up[blocked] - first[blocked]) / every) * every
            if not (blocked & np.isfinite(at)).any():
                break
        return at

    def reached(self, polls: Polls, components: tuple[str, ...], clusters: np.ndarray, first: np.ndarray) -> np.ndarray:
        """The first look, `first` or one of the polls after it, at which all components are up."""
        at, down = first.copy(), self.outages(components, clusters)
        for _ in range(1000):
            up = self.up_from(down, clusters, at)
            late = np.flatnonzero((up > at) & np.isfinite(at))
            if not late.size:
                break
            at[late] = polls.next_after(clusters[late], up[late])
        return at

    def lacking(self, clusters: np.ndarray) -> Intervals:
        """When a commit has been seen that some clusters (bool) lack."""
        parts = []
        for delivery in self.deliveries:
            here = clusters[delivery.clusters] & np.isfinite(delivery.committed)
            parts.append(Intervals.of(delivery.clusters[here], delivery.seen[here], delivery.applied[here]))
        return Intervals.none().union(*parts)

    def outages(self, components: tuple[str, ...], clusters: np.ndarray) -> list[Intervals]:
        """When each of some components is down, those left out that never are."""
        mask = self.mask(clusters)
        return [down for down in (self.around.down(name, mask) for name in components) if len(down)]

    @staticmethod
    def up_from(down: list[Intervals], clusters: np.ndarray, at: np.ndarray) -> np.ndarray:
        """The first time at or after `at` at which none of these holds for each cluster. What goes down at that very
        instant, perhaps because of what happens then, does not count."""
        at = np.array(at, float)
        while True:
            up = at.copy()
            for intervals in down:
                np.maximum(up, intervals.over_from(clusters, np.nextafter(up, -np.inf)), out=up)
            if not (up > at).any():
                return up
            at = up
