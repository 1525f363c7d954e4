"""How nodes that have installed a version get leave to reboot into it, and what the reboot comes to."""

from __future__ import annotations

import numpy as np

from simulator.kernel import NEVER
from simulator.nodes import programs as p
from simulator.nodes.coordinators.coordinator import Coordinator
from simulator.nodes.ground import Ahead, Ground
from simulator.nodes.locks import Waiters
from simulator.nodes.looks import Looks
from simulator.nodes.machines import Priority
from simulator.nodes.system import Boot, Drain


class Leave:
    """When nodes that wait may ask for leave to reboot: while all that their coordinator requires is up."""

    def __init__(self, ground: Ground, ahead: Ahead, index: np.ndarray) -> None:
        self._ground, self._nodes, self._not_before = ground, ahead.nodes[index], ahead.at[index]
        self._attempt = ground.attempt(ahead, index, ahead.offer[index])
        self._since = ahead.ready[index]
        self._groups = ground.machines.system_of(self._nodes)
        self._group = np.zeros(len(index), int)
        for number, (system, _, here) in enumerate(self._groups):
            self._group[here] = number
            self._since[here] += system.held_up_seconds(self._nodes[here], self._attempt[here])

    def next(self, who: np.ndarray | None = None, at: np.ndarray | None = None) -> np.ndarray:
        """When some of them (positions; default: all) ask next, at or after a time (default: since they are ready)."""
        who = np.arange(len(self._nodes)) if who is None else who
        after = self._since[who]
        if at is not None:
            after = np.maximum(np.maximum(at, self._not_before[who]), after)
        group, leave = self._group[who], np.full(len(who), NEVER)
        for number, (system, zone, _) in enumerate(self._groups):
            here = np.flatnonzero(group == number)
            if here.size:
                leave[here] = self._of_group(who[here], after[here], system.coordinator, zone)
        return leave

    def _of_group(self, who: np.ndarray, after: np.ndarray, coordinator: Coordinator, zone: str) -> np.ndarray:
        def asks(some: np.ndarray, at: np.ndarray) -> np.ndarray:
            return coordinator.asks(self._nodes[some], self._since[some], at, zone, self._attempt[some])

        found = asks(who, after)
        past = np.flatnonzero(found < self._not_before[who])  # something that had held it up is over
        if past.size:
            found[past] = asks(who[past], self._not_before[who[past]])
        for component in coordinator.requires:
            down = self._ground.down(component)
            for _ in range(1000 if len(down) else 0):
                up = down.over_from(self._ground.layout.cluster[self._nodes[who]], found)
                late = np.flatnonzero((up > found) & np.isfinite(found))
                if not late.size:
                    break
                found[late] = np.where(np.isfinite(up[late]), asks(who[late], up[late]), NEVER)
        return found


class Reboots:
    """The reboots of nodes that update themselves: each for itself, or in turns."""

    def __init__(self, ground: Ground, looks: Looks) -> None:
        self.ground, self.machines, self.agenda, self.layout = ground, ground.machines, ground.agenda, ground.layout
        self.installations, self.locks, self._looks = ground.installations, ground.locks, looks
        self._free = np.zeros((0, 1))  # when each slot is free, while something is planned

    def begin(self, nodes: np.ndarray) -> None:
        """A plan begins for these nodes: the slots are as they are held now."""
        if self.locks.slots:
            self._free = self.locks.free(np.unique(self.locks.lock[nodes]))

    def ask(self, ahead: Ahead) -> None:
        """Nodes that wait ask for leave, and reboot when they get it."""
        waits = np.flatnonzero(np.isfinite(ahead.ready))
        locked = self.locks.lock[ahead.nodes[waits]] >= 0
        self._reboot_freely(ahead, waits[~locked])
        if locked.any():
            self._reboot_in_turns(ahead, waits[locked])

    def _reboot_freely(self, ahead: Ahead, index: np.ndarray) -> None:
        while index.size:
            leave = Leave(self.ground, ahead, index).next()
            newer = self._newer_first(ahead, index, leave)
            now = index[~newer & np.isfinite(leave)]
            self._reboot(ahead, now, leave[~newer & np.isfinite(leave)], np.zeros(len(now)))
            ahead.ready[index[~newer]] = NEVER
            index = index[newer]

    def _newer_first(self, ahead: Ahead, index: np.ndarray, leave: np.ndarray) -> np.ndarray:
        """Which nodes install a newer version before they get leave; that is planned."""
        above = np.maximum(ahead.offer[index], ahead.taken[index])
        newer = self.ground.takes_newer[ahead.nodes[index]] & self.ground.offered_above(ahead, index, above)
        some = np.flatnonzero(newer)
        if not some.size:
            return newer
        offer, at = self._looks.next_offer(ahead, index[some], ahead.ready[index[some]], above[some])
        sooner = at < leave[some]
        newer[some[~sooner]] = False
        chosen = index[some[sooner]]
        ahead.ready[chosen] = NEVER
        self._looks.install(ahead, chosen, offer[sooner], at[sooner])
        return newer & np.isfinite(ahead.ready[index])

    def _reboot_in_turns(self, ahead: Ahead, index: np.ndarray) -> None:
        """Nodes that share locks: their drains, their turns, and what they do when their turn comes."""
        nodes, locks = ahead.nodes[index], self.locks
        attempt = self.ground.attempt(ahead, index, ahead.offer[index])
        boot = self.ground.boot(nodes, attempt, self.ground.versions[ahead.offer[index]])
        drain = self._drains(ahead, index)
        away, comes_back = np.zeros(len(index)), np.zeros(len(index), bool)
        drains, reboots, again = np.zeros(len(index)), np.ones(len(index), bool), np.zeros(len(index), bool)
        released = np.zeros(len(index))
        for system, _, here in self.machines.system_of(nodes):
            part = Boot(nodes[here], attempt[here], boot.defect.of(here), boot.fresh[here])
            outcome, away[here] = system.comes_to(part)
            reverted = np.isin(outcome, ("fallback", "revert"))
            more = self.ground.offered_above(ahead, index[here], ahead.offer[index[here]])
            comes_back[here] = np.where(reverted, system.tries_again, more)
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
        given = locks.give(waiters, self._free, Leave(self.ground, ahead, index).next, self.ground.horizon)
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
        if not (
            ahead.since <= self.ground.horizon
        ).any():  # nobody comes back into a queue: who waits now waits for good
            ahead.ready[index[left]] = NEVER

    def _drains(self, ahead: Ahead, index: np.ndarray) -> Drain:
        found = Drain(np.zeros(len(index)), np.zeros(len(index), bool))
        chosen = self.ground.drained[ahead.nodes[index]]
        for k in np.unique(ahead.offer[index[chosen]]):
            some = np.flatnonzero(chosen & (ahead.offer[index] == k))
            drain = self.installations[k].drain(ahead.nodes[index[some]], np.arange(len(some)))
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
        return self.ground.versions[ahead.offer[index]]

    def _reboot(self, ahead: Ahead, index: np.ndarray, at: np.ndarray, drains: np.ndarray) -> None:
        """Nodes that have leave drain and reboot into what they have installed; those that come back may look again."""
        drained = self.ground.drained[ahead.nodes[index]]
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
            self.ground.attempt(ahead, index, np.full(len(index), offer)),
            "",
            installation.number,
            Priority.ROLLOUT,
        )
        installation.rows.append(rows)
        place = np.full(self.layout.nodes, -1)
        place[nodes] = index
        who, program = place[agenda.entity[rows]], agenda.program[rows]
        ready = machines.ready_at(rows)
        settled = machines.succeeds[program] | ~self.ground.tries_again[ahead.nodes[who]]
        if installation.change.kind != "package":
            ahead.taken[who[settled]] = np.maximum(ahead.taken[who[settled]], offer)
        back = machines.succeeds[program] | machines.reverts[program]
        who, ready = who[back], ready[back]
        ahead.booted[who], ahead.off[who] = ready, NEVER
        looks = self.ground.offered_above(ahead, who, ahead.taken[who])
        ahead.since[who[looks]] = ready[looks]
        self._looks.rests_from[ahead.nodes[who[~looks]]] = ready[~looks]
