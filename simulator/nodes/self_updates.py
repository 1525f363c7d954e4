"""Nodes that update themselves: each looks for a version, installs it, waits for leave and reboots into it.

What lies ahead of such a node is planned as far as it can be seen, and planned again whenever something happens to the
node, to those it shares a lock with, or to what it is offered. The same draws come up again, so only what is really
affected moves.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulator.kernel import NEVER, Intervals
from simulator.nodes import programs as p
from simulator.nodes.ground import Ahead, Ground
from simulator.nodes.installation import Installation
from simulator.nodes.looks import SERVER, Looks
from simulator.nodes.machines import Machines
from simulator.nodes.reboots import Reboots
from simulator.nodes.states import SERVING, State
from simulator.scenario.errors import InvalidScenario, Mistake

_HELD_UP = (p.DRAINS, p.DRAIN_GIVEN_UP, p.DRAIN_FAILED)
#: More steps of machines than this fill the memory (some 150 bytes each, and as much again while the table grows).
MOST_ROWS = 20_000_000
GOES_ROUND = (
    "nodes install a release that does not boot again and again: more than {rows:,} updates and reboots; "
    "withdraw it (rollout.withdrawAfter), let a gate or somebody on call stop it, or simulate fewer nodes or days"
)


class SelfUpdates:
    """What lies ahead of the nodes that update themselves.

    ground: what the plans stand on, the locks among it.
    """

    def __init__(self, machines: Machines, installations: list[Installation], horizon: float) -> None:
        self.ground = Ground(machines, installations, horizon)
        self.machines, self.agenda, self.layout = machines, machines.agenda, machines.layout
        self.installations, self.horizon, self.locks = installations, horizon, self.ground.locks
        self._looks = Looks(self.ground)
        self._reboots = Reboots(self.ground, self._looks)

    def listen(
        self,
        down: Callable[[str], Intervals],
        forgotten: Callable[[np.ndarray, np.ndarray, int], None],
    ) -> None:
        """down: asks when a component is down; entity is the cluster. forgotten: hears of updates that another has
        undone before their reboot (nodes, when, number of the installation)."""
        self.ground.down, self._looks.forgotten = down, forgotten

    @property
    def mine(self) -> np.ndarray:
        """Nodes that update themselves (bool)."""
        return self.ground.mine

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
        self.machines.forget_failures(nodes, at)
        self._clear(nodes, at)
        ahead = self._situation(nodes, at)
        self._reboots.begin(nodes)
        while (ahead.since <= self.horizon).any() or np.isfinite(ahead.ready).any():
            self._looks.look(ahead)
            self._reboots.ask(ahead)
            if self.agenda.rows > MOST_ROWS:
                raise InvalidScenario([Mistake("spec.changes", GOES_ROUND.format(rows=self.agenda.rows))])

    def waiting(self, at: float) -> np.ndarray:
        """Nodes that wait for leave, or will look for a version, at a time, as far as components can change that."""
        nodes = np.flatnonzero(self.ground.mine)
        state = self.agenda.state_at(nodes, at)
        return nodes[(state == State.PENDING_REBOOT) | (self.agenda.row_after(nodes, at) > 0)]

    def frozen(self, at: float) -> tuple[np.ndarray, np.ndarray]:
        """Nodes that wait, at a time, for a slot of a lock that nobody gives back any more, and since when."""
        found = self.locks.frozen()
        found = found[self.locks.entered[found] <= at]
        return found, self.locks.entered[found]

    # --- whose way, and from where ---------------------------------------------------------------------------

    def _with_sharers(self, nodes: np.ndarray, at: np.ndarray, joins: bool) -> tuple[np.ndarray, np.ndarray]:
        mine = self.ground.mine[nodes] & np.isfinite(at)
        nodes, at = nodes[mine], at[mine]
        locked = self.locks.lock[nodes] >= 0
        if not joins:
            locked &= self.locks.involved(nodes, at)
            busy = locked | (self._looks.rests_from[nodes] > at)
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
        numbers = self.ground.numbers
        rows = rows[np.isin(agenda.owner[rows], numbers)]
        agenda.take_back(rows, float(at.min()))
        gone = np.unique(agenda.entity[rows])
        if gone.size:
            for tell in self.machines.taken:
                tell(gone, since[gone])

    def _situation(self, nodes: np.ndarray, at: np.ndarray) -> Ahead:
        agenda, machines, count = self.agenda, self.machines, len(nodes)
        self._looks.rests_from[nodes] = NEVER
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
            left = self.machines.reverts[program] & ~self.ground.tries_again[agenda.entity[rows]]
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
        numbers = self.ground.numbers
        rows = agenda.row_at(nodes, at)
        while True:
            right = np.isin(agenda.program[rows], granted) & np.isin(agenda.owner[rows], numbers)
            wrong = np.flatnonzero((rows > 0) & ~right)
            if not wrong.size:
                return rows
            rows[wrong] = agenda.before[rows[wrong]]

    # --- looking for a version ---------------------------------------------------------------------------------
