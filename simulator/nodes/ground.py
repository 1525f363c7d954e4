"""What the planning of nodes that update themselves stands on: their machines, what is offered, their locks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simulator.kernel import NEVER, Intervals
from simulator.nodes.installation import Installation
from simulator.nodes.locks import Locks
from simulator.nodes.machines import Machines
from simulator.nodes.system import Boot


@dataclass
class Ahead:
    """Nodes whose way is planned from a time on, one element for each.

    at: from when on. since: when it is idle and may look, NEVER while it is not. booted, off: see `Looking`.
    ready: since when it waits for leave, NEVER while it does not. offer: the installation it waits with (its place in
    the list). taken: the last one it need not look for any more. tries: nodes x installations, how often it has
    installed each. start: nodes x installations, when each is there for it.
    """

    nodes: np.ndarray
    at: np.ndarray
    since: np.ndarray
    booted: np.ndarray
    off: np.ndarray
    ready: np.ndarray
    offer: np.ndarray
    taken: np.ndarray
    tries: np.ndarray
    start: np.ndarray


class Ground:
    """What is the same for every plan of a run.

    installations: what is offered, in this order. down: asks when a component is down. mine, takes_newer, tries_again,
    drained: by node (bool), whether it updates itself, and what its system and its coordinator do.
    """

    def __init__(self, machines: Machines, installations: list[Installation], horizon: float) -> None:
        self.machines, self.agenda, self.layout = machines, machines.agenda, machines.layout
        self.installations, self.horizon = installations, horizon
        self.locks = Locks(self.layout, machines.systems)
        self.down: Callable[[str], Intervals] = lambda component: Intervals.none()
        systems, pool = machines.systems, self.layout.pool
        self.mine = np.array([not system.driven for system in systems])[pool]
        self.takes_newer = np.array([not s.driven and s.takes_newer for s in systems])[pool]
        self.tries_again = np.array([not s.driven and s.tries_again for s in systems])[pool]
        self.drained = np.array([not s.driven and s.coordinator.draining is not None for s in systems])[pool]

    @property
    def numbers(self) -> np.ndarray:
        """The change that each installation belongs to."""
        return np.array([i.number for i in self.installations])

    @property
    def versions(self) -> np.ndarray:
        """The version that each installation brings."""
        return np.array([i.version for i in self.installations])

    @property
    def packages(self) -> np.ndarray:
        """Which installations are packages that somebody installs by hand (bool)."""
        return np.array([i.change.kind == "package" for i in self.installations])

    def offered_above(self, ahead: Ahead, index: np.ndarray, above: np.ndarray) -> np.ndarray:
        """Which nodes are, or will be, offered a later installation than that one, or a package (bool)."""
        offered = ahead.start[index] < NEVER
        later = offered & (np.arange(len(self.installations)) > above[:, None])
        return (later | (offered & self.packages & (ahead.tries[index] == 0))).any(axis=1)

    def attempt(self, ahead: Ahead, index: np.ndarray, offer: np.ndarray) -> np.ndarray:
        """A number for the draws of the last try of an installation."""
        return self.numbers[offer] + ((ahead.tries[index, offer].astype(np.int64) - 1) << 20)

    def boot(self, nodes: np.ndarray, attempt: np.ndarray, version: np.ndarray) -> Boot:
        """The first boot of nodes into a version that they have installed."""
        return Boot(nodes, attempt, self.machines.boot_defect(nodes, version), np.ones(len(nodes), bool))
