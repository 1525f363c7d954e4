"""Reboot slots: who holds one and until when, and who gets the next.

Nodes that share a lock ask for leave at their own times; whoever asks first while a slot is free gets it. All locks are
worked out together: the first grant of each, then the second, and so on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simulator.kernel import NEVER
from simulator.nodes.layout import Layout
from simulator.nodes.system import SelfUpdatingSystem, System


@dataclass(frozen=True)
class Waiters:
    """Nodes that wait for leave, one element for each.

    lock: its number. ready: since when it waits. holds: how long it keeps the slot. returns: from the grant to where
    its way may lead it back into the queue (NEVER: it does not). again: it gives the slot back without having rebooted
    and asks again.
    """

    lock: np.ndarray
    ready: np.ndarray
    holds: np.ndarray
    returns: np.ndarray
    again: np.ndarray


@dataclass(frozen=True)
class Grants:
    """Leaves that were given: to which of the waiters, when; and the same for drains that were given up before. ready:
    since when each of the waiters, if it waits still, has waited."""

    index: np.ndarray
    at: np.ndarray
    given_up: np.ndarray
    given_up_at: np.ndarray
    ready: np.ndarray


class Locks:
    """The locks of a run.

    lock: by node, its number, -1 for none. entered, granted, freed: by node, when it comes into the queue, gets its
    slot and gives it back, as planned last; NEVER where it does not.
    """

    def __init__(self, layout: Layout, systems: list[System]) -> None:
        self.lock = np.full(layout.nodes, -1)
        self.slots: list[int] = []
        self.expiry = np.full(layout.nodes, NEVER)
        numbers: dict[tuple, int] = {}
        for group, system in zip(layout.groups, systems, strict=True):
            coordinator = system.coordinator if isinstance(system, SelfUpdatingSystem) else None
            if coordinator is None or coordinator.slots is None:
                continue
            self.expiry[group.nodes] = coordinator.expiry
            place = layout.cluster[group.nodes] if coordinator.scope == "cluster" else np.full(len(group.nodes), -1)
            for where in np.unique(place):
                key = (coordinator.say.by, coordinator.group, int(where))
                if key not in numbers:
                    numbers[key] = len(self.slots)
                    self.slots.append(coordinator.slots)
                self.lock[group.nodes[place == where]] = numbers[key]
        self.nodes = np.flatnonzero(self.lock >= 0)
        self.entered = np.full(layout.nodes, NEVER)
        self.granted = np.full(layout.nodes, NEVER)
        self.freed = np.full(layout.nodes, NEVER)

    def involved(self, nodes: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Which nodes are in a queue, or hold a slot, at a time (bool)."""
        return (self.lock[nodes] >= 0) & (self.entered[nodes] < NEVER) & (self.freed[nodes] > at)

    def sharing(self, nodes: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The nodes that are in the queues of the locks of some nodes, or hold their slots, from a time on (the
        earliest of each lock); and that time for each."""
        first = np.full(len(self.slots), NEVER)
        np.minimum.at(first, self.lock[nodes], at)
        since = first[self.lock[self.nodes]]
        found = self.involved(self.nodes, since) & np.isfinite(since)
        return self.nodes[found], since[found]

    def forget(self, nodes: np.ndarray) -> None:
        """Nodes are in no queue any more."""
        self.entered[nodes] = self.granted[nodes] = self.freed[nodes] = NEVER

    def frozen(self) -> np.ndarray:
        """Nodes that wait for a lock all of whose slots are held for good."""
        granted, freed = self.granted[self.nodes], self.freed[self.nodes]
        kept = np.bincount(self.lock[self.nodes[(granted < NEVER) & (freed == NEVER)]], minlength=len(self.slots))
        waits = (self.entered[self.nodes] < NEVER) & (granted == NEVER)
        return self.nodes[waits & (kept >= np.array(self.slots, int))[self.lock[self.nodes]]]

    def free(self, locks: np.ndarray) -> np.ndarray:
        """When each slot is free, as planned: locks x slots, rising; those of other locks, and slots that do not exist,
        never are."""
        width, slots = max(self.slots), np.array(self.slots)
        free = np.where(np.arange(width) < slots[:, None], -NEVER, NEVER)
        held = self.nodes[(self.granted[self.nodes] < NEVER) & np.isin(self.lock[self.nodes], locks)]
        held = held[np.lexsort((-self.freed[held], self.lock[held]))]
        lock = self.lock[held]
        place = np.arange(len(held)) - np.searchsorted(lock, lock)  # the last to be free come first
        counts = place < slots[lock]
        free[lock[counts], place[counts]] = self.freed[held[counts]]
        return np.sort(free, axis=1)

    def give(
        self,
        waiters: Waiters,
        free: np.ndarray,
        asks: Callable[[np.ndarray, np.ndarray], np.ndarray],
        horizon: float,
    ) -> Grants:
        """Give the slots of every lock to those who ask first, until somebody may come back into its queue.

        free: when each slot is free (locks x slots, rising); it is brought up to date.
        asks: from positions among the waiters and times to when each of them asks next.
        """
        ready, lock = waiters.ready.copy(), waiters.lock
        waiting, stop = np.argsort(lock, kind="stable"), np.full(len(self.slots), NEVER)
        ask = np.full(len(lock), -NEVER)
        found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        while waiting.size:
            # Each asks at times of its own, so who would ask after the slot is free will do so still.
            at = np.maximum(ready[waiting], free[lock[waiting], 0])
            early = ask[waiting] < at
            ask[waiting[early]] = asks(waiting[early], at[early])
            waiting = waiting[(ask[waiting] < stop[lock[waiting]]) & (ask[waiting] <= horizon)]
            if not waiting.size:
                break
            queue = lock[waiting]
            begins = np.flatnonzero(np.append(True, queue[1:] != queue[:-1]))
            soonest = np.minimum.reduceat(ask[waiting], begins)
            ties = np.flatnonzero(ask[waiting] == np.repeat(soonest, np.diff(np.append(begins, len(waiting)))))
            first = ties[np.append(True, queue[ties][1:] != queue[ties][:-1])]
            who = waiting[first]
            at, again = ask[who], waiters.again[who]
            found.append((who, at, again))
            free[lock[who], 0] = at + waiters.holds[who]
            free[lock[who]] = np.sort(free[lock[who]], axis=1)
            stop[lock[who]] = np.minimum(stop[lock[who]], at + waiters.returns[who])
            ready[who[again]] = at[again] + waiters.holds[who[again]]
            waiting = np.delete(waiting, first[~again])
        who, at, again = (
            np.concatenate(column) if found else np.zeros(0, kind)
            for column, kind in zip(zip(*found, strict=True) if found else [()] * 3, (int, float, bool), strict=True)
        )
        return Grants(who[~again], at[~again], who[again], at[again], ready)
