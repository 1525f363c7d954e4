"""How nodes that update themselves find a version and install it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulator.kernel import NEVER
from simulator.nodes import programs as p
from simulator.nodes.ground import Ahead, Ground
from simulator.nodes.installation import Installation
from simulator.nodes.machines import Priority
from simulator.nodes.states import State
from simulator.nodes.system import Looking, SelfUpdatingSystem

#: The component from which nodes fetch their versions.
SERVER = "update-server"


class Looks:
    """The looks of nodes, and what comes of them.

    forgotten: called when an update undoes one that was waiting (nodes, when, number of the installation). rests_from:
    by node, from when on it has nothing to look for.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground, self.machines, self.agenda = ground, ground.machines, ground.agenda
        self.installations = ground.installations
        self.rests_from = np.full(ground.layout.nodes, NEVER)
        self.forgotten: Callable[[np.ndarray, np.ndarray, int], None] = lambda nodes, at, number: None

    def look(self, ahead: Ahead) -> None:
        """Idle nodes look, and install what they find."""
        idle = np.flatnonzero(ahead.since <= self.ground.horizon)
        since = ahead.since[idle]
        ahead.since[idle] = NEVER
        offer, at = self.next_offer(ahead, idle, since, ahead.taken[idle])
        found = np.isfinite(at)
        self.rests_from[ahead.nodes[idle[~found]]] = since[~found]
        self.install(ahead, idle[found], offer[found], at[found])

    def next_offer(
        self, ahead: Ahead, index: np.ndarray, since: np.ndarray, taken: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """What each node installs next (its place in the list), and when it finds it; NEVER: nothing."""
        offer, at = np.full(len(index), -1), np.full(len(index), NEVER)
        by_hand = self.ground.packages
        numbers = np.arange(len(self.installations))
        open_ = ahead.start[index] < NEVER
        images = open_ & ~by_hand & (numbers > taken[:, None])
        ends = self._dead_ends(taken)
        images[ends] = False
        for system, zone, here in self.machines.system_of(ahead.nodes[index]):
            some = here[images[here].any(axis=1)]
            if some.size:
                offer[some], at[some] = self._found(ahead, index[some], since[some], images[some], system, zone)
        # Somebody installs a package by hand, at once.
        packages = open_ & by_hand & (ahead.tries[index] == 0)
        if packages.any():
            begins = np.where(packages, np.maximum(ahead.start[index], since[:, None]), NEVER)
            first = begins.argmin(axis=1)
            earliest = begins[np.arange(len(index)), first]
            sooner = earliest < at
            offer[sooner], at[sooner] = first[sooner], earliest[sooner]
        return offer, at

    def _dead_ends(self, taken: np.ndarray) -> np.ndarray:
        ends = np.array([i.change.dead_end for i in self.installations] + [False])  # the last: of taken = -1
        return ends[taken]

    def _found(
        self,
        ahead: Ahead,
        index: np.ndarray,
        since: np.ndarray,
        images: np.ndarray,
        system: SelfUpdatingSystem,
        zone: str,
    ) -> tuple[np.ndarray, np.ndarray]:
        """The version that nodes of one pool group find at their next look that finds any, and when that is."""
        nodes, start = ahead.nodes[index], ahead.start[index]
        until = np.array([i.until for i in self.installations])
        offer, at = np.full(len(index), -1), np.full(len(index), NEVER)
        todo = np.arange(len(index))
        while todo.size:
            first = np.where(images[todo], start[todo], NEVER).min(axis=1)
            todo = todo[np.isfinite(first)]
            first = first[np.isfinite(first)]
            if not todo.size:
                break
            looking = Looking(
                nodes[todo], np.maximum(since[todo], first), ahead.booted[index[todo]], ahead.off[index[todo]]
            )
            looks = self._served(looking, system, zone)
            seen = images[todo] & (start[todo] <= looks[:, None])
            there = seen & (looks[:, None] < until)
            newest = np.where(there.any(axis=1), there.shape[1] - 1 - there[:, ::-1].argmax(axis=1), -1)
            newest = self._by_barriers(there, newest)
            done = (newest >= 0) | ~np.isfinite(looks)
            offer[todo[done]], at[todo[done]] = newest[done], np.where(newest[done] >= 0, looks[done], NEVER)
            images[todo] &= ~(seen & (looks[:, None] >= until))  # withdrawn before anybody of them looked
            todo = todo[~done]
        return offer, at

    def _by_barriers(self, there: np.ndarray, newest: np.ndarray) -> np.ndarray:
        """The first barrier on the way to the newest version, where there is one."""
        barrier = there & np.array([i.change.barrier for i in self.installations])
        first = barrier.argmax(axis=1)
        return np.where(barrier.any(axis=1) & (first < newest), first, newest)

    def _served(self, looking: Looking, system: SelfUpdatingSystem, zone: str) -> np.ndarray:
        """When nodes look next while the server is up."""
        looks, down = system.looks(looking, zone), self.ground.down(SERVER)
        if not len(down):
            return looks
        cluster = self.ground.layout.cluster[looking.nodes]
        for _ in range(1000):
            late = np.flatnonzero(down.covers(cluster, looks) & np.isfinite(looks))
            if not late.size:
                return looks
            outage = down.index_at(cluster[late], looks[late])
            up, began = down.end[outage], np.maximum(down.begin[outage], looking.booted[late])
            failed = system.looks(looking.of(late, began), zone)  # the first look in vain, whatever it was for
            again = system.looks_again(looking.of(late, up), failed, zone)
            looks[late] = np.where(np.isfinite(up), again, NEVER)
        return looks

    def install(self, ahead: Ahead, index: np.ndarray, offer: np.ndarray, at: np.ndarray) -> None:
        """Nodes install what they have found: plan it."""
        for k in np.unique(offer):
            installation, some = self.installations[k], np.flatnonzero(offer == k)
            for system, zone, part in self.machines.system_of(ahead.nodes[index[some]]):
                mine, when = index[some[part]], at[some[part]]
                ahead.tries[mine, k] += 1
                nodes, attempt = ahead.nodes[mine], self.ground.attempt(ahead, mine, np.full(len(mine), k))
                lasts = system.write_seconds(nodes, attempt)
                if system.is_rationed:
                    when = self._admit(system, zone, installation, nodes, attempt, when, lasts)
                sure = np.isfinite(when)
                mine, nodes, when, lasts = mine[sure], nodes[sure], when[sure], lasts[sure]
                self._forget(installation, system, nodes, when)
                in_place = system.installs_in_place(installation.change)
                rows = self.machines.enter(
                    nodes,
                    p.IN_PLACE if in_place else p.INSTALL,
                    np.stack([when, when + lasts], axis=1),
                    installation.number,
                    Priority.ROLLOUT,
                    installation.version,
                )
                installation.rows.append(rows)
                got = np.isin(nodes, self.agenda.entity[rows])
                mine, written = mine[got], (when + lasts)[got]
                ahead.offer[mine] = k
                (ahead.since if in_place else ahead.ready)[mine] = written

    def _admit(
        self,
        system: SelfUpdatingSystem,
        zone: str,
        installation: Installation,
        nodes: np.ndarray,
        attempt: np.ndarray,
        looks: np.ndarray,
        lasts: np.ndarray,
    ) -> np.ndarray:
        """When the server lets nodes have what they find. It knows how long they take when nothing holds them up."""
        version = np.full(len(nodes), installation.version)
        boot = self.ground.boot(nodes, attempt, version)
        outcome, away = system.comes_to(boot)
        ready = looks + lasts
        leave = system.coordinator.asks(nodes, ready, ready, zone, attempt)
        succeeds = np.isin(outcome, ("boots", "proven"))
        return system.admitted(nodes, looks, leave + away - looks, succeeds, zone)

    def _forget(
        self, installation: Installation, system: SelfUpdatingSystem, nodes: np.ndarray, at: np.ndarray
    ) -> None:
        """Tell which installations that wait for a reboot are undone by this one."""
        if not nodes.size:
            return
        rows = self.agenda.row_at(nodes, at)
        waits = self.agenda.state_at(nodes, at) == State.PENDING_REBOOT
        for other in self.installations:
            lost = waits & (self.agenda.owner[rows] == other.number)
            if lost.any() and other is not installation and system.forgets(other.change, installation.change):
                self.forgotten(nodes[lost], at[lost], other.number)
