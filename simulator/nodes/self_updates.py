"""Nodes that update themselves: each looks for a version, installs it, waits for leave and reboots into it.

What lies ahead of such a node is planned as far as it can be seen, and planned again whenever something happens to the
node, to those it shares a lock with, or to what it is offered. The same draws come up again, so only what is really
affected moves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simulator.kernel import NEVER, Intervals
from simulator.nodes import programs as p
from simulator.nodes.installation import Installation
from simulator.nodes.locks import Locks, Waiters
from simulator.nodes.machines import Machines, Priority
from simulator.nodes.states import SERVING, State
from simulator.nodes.system import Boot, Drain, Looking, SelfUpdatingSystem

_HELD_UP = (p.DRAINS, p.DRAIN_GIVEN_UP, p.DRAIN_FAILED)
#: The component from which nodes fetch their versions.
SERVER = "update-server"


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


class SelfUpdates:
    """What lies ahead of the nodes that update themselves.

    installations: what is offered, in this order. down: asks when a component is down. forgotten: called when an update
    undoes one that was waiting (nodes, when, number of the installation).
    """

    def __init__(self, machines: Machines, installations: list[Installation], horizon: float) -> None:
        self.machines, self.agenda, self.layout = machines, machines.agenda, machines.layout
        self.installations, self.horizon = installations, horizon
        self.locks = Locks(self.layout, machines.systems)
        self.down: Callable[[str], Intervals] = lambda component: Intervals.none()
        self._free = np.zeros((0, 1))  # when each slot is free, while something is planned
        self._rests_from = np.full(self.layout.nodes, NEVER)  # from when on a node has nothing to look for
        self.forgotten: Callable[[np.ndarray, np.ndarray, int], None] = lambda nodes, at, number: None
        systems = machines.systems
        pool = self.layout.pool
        self.mine = np.array([not system.driven for system in systems])[pool]
        self._takes_newer = np.array([not s.driven and s.takes_newer for s in systems])[pool]
        self._tries_again = np.array([not s.driven and s.tries_again for s in systems])[pool]
        self._drained = np.array([not s.driven and s.coordinator.draining is not None for s in systems])[pool]

    @property
    def requires(self) -> set[str]:
        """Components that decide when nodes look or ask for leave."""
        found = {SERVER}
        for system in self.machines.systems:
            if not system.driven:
                found |= set(system.coordinator.requires)
        return found

    def plan(self, nodes: np.ndarray, at: np.ndarray, joins: bool = False) -> None:
        """Plan again what lies ahead of nodes after a time (for each). joins: they may come into a queue that they have
        not been in."""
        nodes, at = self._with_sharers(nodes, at, joins)
        if not len(nodes) or not self.installations:
            return
        self._clear(nodes, at)
        ahead = self._situation(nodes, at)
        if self.locks.slots:
            self._free = self.locks.free(np.unique(self.locks.lock[nodes]))
        while (ahead.since <= self.horizon).any() or np.isfinite(ahead.ready).any():
            self._look(ahead)
            self._ask(ahead)

    def waiting(self, at: float) -> np.ndarray:
        """Nodes that wait for leave, or will look for a version, at a time, as far as components can change that."""
        nodes = np.flatnonzero(self.mine)
        state = self.agenda.state_at(nodes, at)
        return nodes[(state == State.PENDING_REBOOT) | (self.agenda.row_after(nodes, at) > 0)]

    def frozen(self, at: float) -> tuple[np.ndarray, np.ndarray]:
        """Nodes that wait, at a time, for a slot of a lock that nobody gives back any more, and since when."""
        found = self.locks.frozen()
        found = found[self.locks.entered[found] <= at]
        return found, self.locks.entered[found]

    # --- whose way, and from where ---------------------------------------------------------------------------

    def _with_sharers(self, nodes: np.ndarray, at: np.ndarray, joins: bool) -> tuple[np.ndarray, np.ndarray]:
        mine = self.mine[nodes] & np.isfinite(at)
        nodes, at = nodes[mine], at[mine]
        locked = self.locks.lock[nodes] >= 0
        if not joins:
            locked &= self.locks.involved(nodes, at)
            busy = locked | (self._rests_from[nodes] > at)
            nodes, at, locked = nodes[busy], at[busy], locked[busy]
        if not locked.any():
            return nodes, at
        others, since = self.locks.sharing(nodes[locked], at[locked])
        first = np.full(self.layout.nodes, NEVER)
        np.minimum.at(first, nodes, at)
        np.minimum.at(first, others, since)
        nodes = np.flatnonzero(first < NEVER)
        return nodes, first[nodes]

    def _clear(self, nodes: np.ndarray, at: np.ndarray) -> None:
        """Take back what an earlier plan had for nodes after a time."""
        agenda, since = self.agenda, np.full(self.layout.nodes, NEVER)
        since[nodes] = at
        rows = agenda.chain(nodes, float(at.min()))
        rows = rows[rows > 0]
        rows = rows[agenda.begins[rows] > since[agenda.entity[rows]]]
        numbers = np.array([i.number for i in self.installations])
        rows = rows[np.isin(agenda.owner[rows], numbers)]
        agenda.take_back(rows, float(at.min()))
        gone = np.unique(agenda.entity[rows])
        if gone.size:
            for tell in self.machines.taken:
                tell(gone, since[gone])

    def _situation(self, nodes: np.ndarray, at: np.ndarray) -> Ahead:
        agenda, machines, count = self.agenda, self.machines, len(nodes)
        self._rests_from[nodes] = NEVER
        rows = agenda.row_of[nodes]
        program, last = agenda.program[rows], np.minimum(agenda.ends[rows], agenda.until[rows])
        waits = np.isin(program, (p.INSTALL.number, p.DRAIN_GIVEN_UP.number)) & (
            agenda.until[rows] >= agenda.ends[rows]
        )
        held = np.isin(program, (p.DRAINS.number, p.DRAIN_FAILED.number))
        serves = SERVING[agenda.state_at(nodes, np.where(rows > 0, last, 0.0))] & (rows > 0) | (rows == 0)
        booted = np.where(machines.up_step(rows) >= 0, machines.ready_at(rows), -NEVER)
        ready_at = np.where(rows > 0, machines.ready_at(rows), 0.0)
        off = np.where(agenda.states[rows, 0] == State.FAILED, agenda.begins[rows], NEVER)
        start = np.stack([i.start[nodes] for i in self.installations], axis=1)
        ahead = Ahead(
            nodes,
            at,
            np.where(serves & ~waits & ~held, np.maximum(at, ready_at), NEVER),
            booted,
            np.where(rows > 0, off, NEVER),
            np.where(waits, agenda.ends[rows], NEVER),
            np.full(count, -1),
            np.full(count, -1),
            np.zeros(start.shape, np.int32),
            start,
        )
        self._remember(ahead)
        self._settle_slots(ahead)
        return ahead

    def _remember(self, ahead: Ahead) -> None:
        """What each node has installed, tried and taken so far."""
        agenda, nodes = self.agenda, ahead.nodes
        place = np.full(self.layout.nodes, -1)
        place[nodes] = np.arange(len(nodes))
        rows = agenda.chain(nodes)
        rows = rows[(rows > 0) & (agenda.until[rows] >= agenda.begins[rows])]
        who, program = place[agenda.entity[rows]], agenda.program[rows]
        installs = np.isin(program, (p.INSTALL.number, p.IN_PLACE.number))
        newest = agenda.owner[agenda.row_of[nodes]]
        for k, installation in enumerate(self.installations):
            meant = ahead.start[:, k] < NEVER
            ahead.offer[meant & (newest == installation.number)] = k
            tried = (agenda.owner[rows] == installation.number) & installs & meant[who]
            np.add.at(ahead.tries[:, k], who[tried], 1)
            if installation.change.kind == "package":
                continue
            had = (agenda.new[rows] == installation.version) & (agenda.until[rows] >= agenda.ends[rows])
            left = self.machines.reverts[program] & ~self._tries_again[agenda.entity[rows]]
            ahead.taken[who[had & (self.machines.succeeds[program] | left)]] = k

    def _settle_slots(self, ahead: Ahead) -> None:
        """Who holds a slot at the time from which we plan, and when it will give it back."""
        locks, agenda, machines = self.locks, self.agenda, self.machines
        here = np.flatnonzero(locks.lock[ahead.nodes] >= 0)
        nodes, at = ahead.nodes[here], ahead.at[here]
        if not nodes.size:
            return
        locks.forget(nodes)
        rows = self._granted_row(nodes, at)
        nodes, at, rows = nodes[rows > 0], at[rows > 0], rows[rows > 0]
        program, through = agenda.program[rows], agenda.until[rows] >= agenda.ends[rows]
        back = machines.serving_from(nodes, np.where(through, machines.ready_at(rows), agenda.until[rows]))
        back[through & np.isin(program, (p.DRAINS.number, p.DRAIN_FAILED.number))] = NEVER
        version = machines.versions_at(nodes, np.where(np.isfinite(back), back, at))[0]
        defect = machines.boot_defect(nodes, version)
        for system, _, index in machines.system_of(nodes):
            coordinator = system.coordinator
            free = back[index] + coordinator.released_after
            if coordinator.needs_kubelet:
                free[defect.unready[index]] = NEVER
            given_up = through[index] & (program[index] == p.DRAIN_GIVEN_UP.number)
            free = np.where(given_up, agenda.ends[rows[index]], free)
            free = np.minimum(free, agenda.begins[rows[index]] + coordinator.expiry)
            held = free > at[index]
            who = nodes[index[held]]
            locks.entered[who] = locks.granted[who] = agenda.begins[rows[index[held]]]
            locks.freed[who] = free[held]

    def _granted_row(self, nodes: np.ndarray, at: np.ndarray) -> np.ndarray:
        """The last row of each node, begun by a time, for which it had to have leave; 0 for none."""
        agenda = self.agenda
        granted = np.array([q.number for q in (*p.REBOOT.values(), *p.DRAINED.values(), *_HELD_UP)])
        numbers = np.array([i.number for i in self.installations])
        rows = agenda.row_at(nodes, at)
        while True:
            right = np.isin(agenda.program[rows], granted) & np.isin(agenda.owner[rows], numbers)
            wrong = np.flatnonzero((rows > 0) & ~right)
            if not wrong.size:
                return rows
            rows[wrong] = agenda.before[rows[wrong]]

    # --- looking for a version ---------------------------------------------------------------------------------

    def _look(self, ahead: Ahead) -> None:
        """Idle nodes look, and install what they find."""
        idle = np.flatnonzero(ahead.since <= self.horizon)
        since = ahead.since[idle]
        ahead.since[idle] = NEVER
        offer, at = self._next_offer(ahead, idle, since, ahead.taken[idle])
        found = np.isfinite(at)
        self._rests_from[ahead.nodes[idle[~found]]] = since[~found]
        self._install(ahead, idle[found], offer[found], at[found])

    def _next_offer(
        self, ahead: Ahead, index: np.ndarray, since: np.ndarray, taken: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """What each node installs next (its place in the list), and when it finds it; NEVER: nothing."""
        offer, at = np.full(len(index), -1), np.full(len(index), NEVER)
        by_hand = np.array([i.change.kind == "package" for i in self.installations])
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
        looks, down = system.looks(looking, zone), self.down(SERVER)
        if not len(down):
            return looks
        cluster = self.layout.cluster[looking.nodes]
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

    def _install(self, ahead: Ahead, index: np.ndarray, offer: np.ndarray, at: np.ndarray) -> None:
        """Nodes install what they have found: plan it."""
        for k in np.unique(offer):
            installation, some = self.installations[k], np.flatnonzero(offer == k)
            for system, zone, part in self.machines.system_of(ahead.nodes[index[some]]):
                mine, when = index[some[part]], at[some[part]]
                ahead.tries[mine, k] += 1
                nodes, attempt = ahead.nodes[mine], self._attempt(ahead, mine, np.full(len(mine), k))
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

    def _attempt(self, ahead: Ahead, index: np.ndarray, offer: np.ndarray) -> np.ndarray:
        """A number for the draws of the last try of an installation."""
        numbers = np.array([i.number for i in self.installations])
        return numbers[offer] + ((ahead.tries[index, offer].astype(np.int64) - 1) << 20)

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
        boot = self._boot(nodes, attempt, version)
        outcome, away = _away(system, boot)
        ready = looks + lasts
        leave = system.coordinator.asks(nodes, ready, ready, zone, attempt)
        succeeds = np.isin(outcome, ("boots", "proven"))
        return system.admitted(nodes, looks, leave + away - looks, succeeds, zone)

    def _boot(self, nodes: np.ndarray, attempt: np.ndarray, version: np.ndarray) -> Boot:
        return Boot(nodes, attempt, self.machines.boot_defect(nodes, version), np.ones(len(nodes), bool))

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

    # --- rebooting into it -------------------------------------------------------------------------------------

    def _ask(self, ahead: Ahead) -> None:
        """Nodes that wait ask for leave, and reboot when they get it."""
        waits = np.flatnonzero(np.isfinite(ahead.ready))
        locked = self.locks.lock[ahead.nodes[waits]] >= 0
        self._reboot_freely(ahead, waits[~locked])
        if locked.any():
            self._reboot_in_turns(ahead, waits[locked])

    def _reboot_freely(self, ahead: Ahead, index: np.ndarray) -> None:
        while index.size:
            leave = self._leave(ahead, index, None)
            newer = self._newer_first(ahead, index, leave)
            now = index[~newer & np.isfinite(leave)]
            self._reboot(ahead, now, leave[~newer & np.isfinite(leave)], np.zeros(len(now)))
            ahead.ready[index[~newer]] = NEVER
            index = index[newer]

    def _newer_first(self, ahead: Ahead, index: np.ndarray, leave: np.ndarray) -> np.ndarray:
        """Which nodes install a newer version before they get leave; that is planned."""
        takes = self._takes_newer[ahead.nodes[index]]
        newer = takes.copy()
        above = np.maximum(ahead.offer[index], ahead.taken[index])
        newer &= (ahead.start[index] < NEVER)[:, ::-1].argmax(axis=1) < len(self.installations) - 1 - above
        newer |= takes & self._package_waits(ahead, index)
        some = np.flatnonzero(newer)
        if not some.size:
            return newer
        offer, at = self._next_offer(ahead, index[some], ahead.ready[index[some]], above[some])
        sooner = at < leave[some]
        newer[some[~sooner]] = False
        chosen = index[some[sooner]]
        ahead.ready[chosen] = NEVER
        self._install(ahead, chosen, offer[sooner], at[sooner])
        return newer & np.isfinite(ahead.ready[index])

    def _package_waits(self, ahead: Ahead, index: np.ndarray) -> np.ndarray:
        packages = np.array([i.change.kind == "package" for i in self.installations])
        return ((ahead.start[index] < NEVER) & packages & (ahead.tries[index] == 0)).any(axis=1)

    def _leave(self, ahead: Ahead, index: np.ndarray, at: np.ndarray | None) -> np.ndarray:
        """When nodes that wait ask next, at or after a time (None: since they are ready), while all that their
        coordinator requires is up."""
        leave, nodes = np.full(len(index), NEVER), ahead.nodes[index]
        for system, zone, here in self.machines.system_of(nodes):
            mine = index[here]
            who, coordinator = ahead.nodes[mine], system.coordinator
            attempt = self._attempt(ahead, mine, ahead.offer[mine])
            since = ahead.ready[mine] + system.held_up_seconds(who, attempt)

            def asks(after: np.ndarray, part=slice(None), c=coordinator, n=who, s=since, z=zone, a=attempt):
                return c.asks(n[part], s[part], after, z, a[part])

            found = asks(since if at is None else np.maximum(since, at[here]))
            past = np.flatnonzero(found < ahead.at[mine])  # something that had held it up is over
            found[past] = asks(ahead.at[mine[past]], past)
            for component in coordinator.requires:
                down = self.down(component)
                for _ in range(1000 if len(down) else 0):
                    up = down.over_from(self.layout.cluster[who], found)
                    late = np.flatnonzero((up > found) & np.isfinite(found))
                    if not late.size:
                        break
                    found[late] = np.where(np.isfinite(up[late]), asks(up[late], late), NEVER)
            leave[here] = found
        return leave

    def _reboot_in_turns(self, ahead: Ahead, index: np.ndarray) -> None:
        """Nodes that share locks: their drains, their turns, and what they do when their turn comes."""
        nodes, locks = ahead.nodes[index], self.locks
        attempt = self._attempt(ahead, index, ahead.offer[index])
        versions = np.array([i.version for i in self.installations])
        boot = self._boot(nodes, attempt, versions[ahead.offer[index]])
        drain = self._drains(ahead, index)
        away, comes_back = np.zeros(len(index)), np.zeros(len(index), bool)
        drains, reboots, again = np.zeros(len(index)), np.ones(len(index), bool), np.zeros(len(index), bool)
        released = np.zeros(len(index))
        for system, _, here in self.machines.system_of(nodes):
            part = Boot(nodes[here], attempt[here], boot.defect.of(here), boot.fresh[here])
            outcome, away[here] = _away(system, part)
            reverted = np.isin(outcome, ("fallback", "revert"))
            more = ahead.start[index[here]] < NEVER
            more &= np.arange(more.shape[1]) > ahead.offer[index[here], None]
            comes_back[here] = np.where(reverted, system.tries_again, more.any(axis=1))
            coordinator = system.coordinator
            released[here] = coordinator.released_after
            if coordinator.needs_kubelet:
                released[here[part.defect.unready]] = NEVER
            rule = coordinator.draining
            if rule is not None:
                refused = drain.blocked[here] | (drain.seconds[here] > rule.timeout)
                drains[here] = np.where(refused, rule.timeout, drain.seconds[here])
                ends = np.isfinite(rule.timeout)
                reboots[here] = ~refused | (ends and rule.refused == "reboot")
                again[here] = refused & (ends and rule.refused == "ask-again")
        holds = np.where(again, drains, np.where(reboots, drains + away + released, NEVER))
        returns = np.where(reboots & comes_back & np.isfinite(away), drains + away, NEVER)
        waiters = Waiters(locks.lock[nodes], ahead.ready[index], np.minimum(holds, locks.expiry[nodes]), returns, again)
        new = locks.entered[nodes] == NEVER
        locks.entered[nodes[new]] = ahead.ready[index[new]]
        given = locks.give(
            waiters,
            self._free,
            lambda who, at: self._leave(ahead, index[who], np.maximum(at, ahead.at[index[who]])),
            self.horizon,
        )
        self._give_up_drains(ahead, index[given.given_up], given.given_up_at, drains[given.given_up])
        ahead.ready[index] = given.ready
        who, at = given.index, given.at
        self._stay_in_drain(ahead, index[who], at, drains[who], reboots[who])
        goes = reboots[who]
        self._reboot(ahead, index[who[goes]], at[goes], drains[who[goes]])
        locks.granted[nodes[who]], locks.freed[nodes[who]] = at, at + waiters.holds[who]
        ahead.ready[index[who]] = NEVER
        left = np.setdiff1d(np.arange(len(index)), who)
        locks.granted[nodes[left]] = locks.freed[nodes[left]] = NEVER
        if not (ahead.since <= self.horizon).any():  # nobody comes back into a queue: who waits now waits for good
            ahead.ready[index[left]] = NEVER

    def _drains(self, ahead: Ahead, index: np.ndarray) -> Drain:
        found = Drain(np.zeros(len(index)), np.zeros(len(index), bool))
        chosen = self._drained[ahead.nodes[index]]
        for k in np.unique(ahead.offer[index[chosen]]):
            some = np.flatnonzero(chosen & (ahead.offer[index] == k))
            drain = self.installations[k].drain(ahead.nodes[index[some]])
            found.seconds[some], found.blocked[some] = drain.seconds, drain.blocked
        return found

    def _enter(
        self, ahead: Ahead, index: np.ndarray, program: p.Program, times: np.ndarray, versions: np.ndarray
    ) -> None:
        for k in np.unique(ahead.offer[index]):
            some = np.flatnonzero(ahead.offer[index] == k)
            installation = self.installations[k]
            rows = self.machines.enter(
                ahead.nodes[index[some]],
                program,
                times[some],
                installation.number,
                Priority.ROLLOUT,
                versions[some],
            )
            installation.rows.append(rows)

    def _give_up_drains(self, ahead: Ahead, index: np.ndarray, at: np.ndarray, lasts: np.ndarray) -> None:
        """Nodes that give their slot back because their drain has failed; the tries of one node in their order."""
        while index.size:
            _, first = np.unique(index, return_index=True)
            times = np.stack([at[first], at[first] + lasts[first]], axis=1)
            self._enter(ahead, index[first], p.DRAIN_GIVEN_UP, times, self._offered(ahead, index[first]))
            keep = np.setdiff1d(np.arange(len(index)), first)
            index, at, lasts = index[keep], at[keep], lasts[keep]

    def _stay_in_drain(
        self, ahead: Ahead, index: np.ndarray, at: np.ndarray, lasts: np.ndarray, reboots: np.ndarray
    ) -> None:
        """Nodes whose drain never ends, or whose job has failed."""
        for program, which in ((p.DRAINS, ~np.isfinite(lasts)), (p.DRAIN_FAILED, np.isfinite(lasts))):
            some = np.flatnonzero(~reboots & which)
            if some.size:
                times = np.stack([at[some], at[some] + lasts[some]], axis=1)[:, : len(program.steps)]
                self._enter(ahead, index[some], program, times, self._offered(ahead, index[some]))

    def _offered(self, ahead: Ahead, index: np.ndarray) -> np.ndarray:
        return np.array([i.version for i in self.installations])[ahead.offer[index]]

    def _reboot(self, ahead: Ahead, index: np.ndarray, at: np.ndarray, drains: np.ndarray) -> None:
        """Nodes that have leave drain and reboot into what they have installed; those that come back may look again."""
        drained = self._drained[ahead.nodes[index]]
        for k in np.unique(ahead.offer[index]):
            for chosen, programs in ((drained, p.DRAINED), (~drained, p.REBOOT)):
                some = np.flatnonzero(chosen & (ahead.offer[index] == k))
                if some.size:
                    head = at[some, None] if programs is p.DRAINED else np.zeros((len(some), 0))
                    self._boot_into(ahead, index[some], k, at[some], at[some] + drains[some], head, programs)

    def _boot_into(
        self,
        ahead: Ahead,
        index: np.ndarray,
        offer: int,
        claimed: np.ndarray,
        start: np.ndarray,
        head: np.ndarray,
        programs: dict[str, p.Program],
    ) -> None:
        machines, agenda, installation = self.machines, self.agenda, self.installations[offer]
        nodes = ahead.nodes[index]
        handover = agenda.claim(nodes, claimed, Priority.ROLLOUT)
        got = handover.granted
        index, nodes = index[got], nodes[got]
        rows = machines.boot(
            nodes,
            handover,
            head[got],
            start[got],
            programs,
            np.full(len(nodes), installation.version),
            self._attempt(ahead, index, np.full(len(index), offer)),
            "",
            installation.number,
            Priority.ROLLOUT,
        )
        installation.rows.append(rows)
        place = np.full(self.layout.nodes, -1)
        place[nodes] = index
        who, program = place[agenda.entity[rows]], agenda.program[rows]
        ready = machines.ready_at(rows)
        settled = machines.succeeds[program] | ~self._tries_again[ahead.nodes[who]]
        if installation.change.kind != "package":
            ahead.taken[who[settled]] = np.maximum(ahead.taken[who[settled]], offer)
        back = machines.succeeds[program] | machines.reverts[program]
        ahead.booted[who[back]], ahead.off[who[back]] = ready[back], NEVER
        ahead.since[who[back]] = ready[back]


def _away(system: SelfUpdatingSystem, boot: Boot) -> tuple[np.ndarray, np.ndarray]:
    """What a boot comes to, and how long it takes until the node serves again; NEVER where it does not."""
    outcome, tails = system.boot(boot)
    away = np.full(len(boot.nodes), NEVER)
    for name in np.unique(outcome):
        program, some = p.REBOOT[str(name)], outcome == name
        if not program.is_stuck:
            away[some] = np.sum([d[some] for d in tails[name][: program.ready_step]], axis=0)
    return outcome, away
