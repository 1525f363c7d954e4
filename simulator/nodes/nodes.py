"""Versions on their way to nodes: in turns, by themselves, and again after a machine has died and come back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from simulator.kernel import NEVER, Calendar, Handover, Keyed
from simulator.nodes import programs as p
from simulator.nodes.layout import Layout
from simulator.nodes.machines import Machines, Priority
from simulator.nodes.states import SERVING, State
from simulator.nodes.system import Drain, Request, System, Trajectory
from simulator.nodes.waves import number_waves, schedule
from simulator.scenario.base import count_of
from simulator.scenario.change import Change


@dataclass
class Installation:
    """A version on its way to nodes: what was asked, and the rows it has led to."""

    change: Change
    number: int
    version: int
    max_unavailable: int | float
    drain: Callable[[np.ndarray], Drain]
    rows: list[np.ndarray]
    refused: int = 0


class Nodes(Machines):
    """The nodes of a run: single machines, and the versions that are brought to many of them.

    unready: asked before a version is brought: which nodes will not report Ready on it. Set by the run.
    forgotten: called when an update undoes one that was waiting (nodes, when, number of the installation).
    """

    def __init__(self, layout: Layout, systems: Mapping[str, type[System]], keyed: Keyed, calendar: Calendar) -> None:
        super().__init__(layout, systems, keyed, calendar)
        self.installations: list[Installation] = []
        self.unready: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda nodes, version: np.zeros(len(nodes), bool)
        self.forgotten: Callable[[np.ndarray, np.ndarray, int], None] = lambda nodes, at, number: None

    # --- installing ----------------------------------------------------------------------------------------

    def install(
        self,
        change: Change,
        number: int,
        nodes: np.ndarray,
        start: np.ndarray,
        max_unavailable: int | float | None,
        drain: Callable[[np.ndarray], Drain],
    ) -> Installation:
        """Bring the change's version to nodes, each by the rules of its system.

        start: for each node, when the version is there for it. max_unavailable: nodes of a pool at once, where
        somebody drives the update (default 1).
        """
        installation = Installation(change, number, self.version(change.brings), max_unavailable or 1, drain, [])
        self.installations.append(installation)
        for system, zone, index in self.system_of(nodes):
            chosen, begins = nodes[index], start[index]
            if system.driven:
                chosen, begins = self._refuse_etcd(installation, system, chosen, begins)
                self._drive(installation, system, zone, chosen, begins)
            else:
                self._follow(installation, system, zone, chosen, begins)
        return installation

    def _refuse_etcd(
        self, installation: Installation, system: System, nodes: np.ndarray, start: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Leave out control-plane nodes whose system refuses to upgrade them for the sake of etcd."""
        members = self.layout.control_plane[nodes]
        if not (system.guards_etcd() and members.any()):
            return nodes, start
        everyone = np.flatnonzero(self.layout.control_plane)
        count = np.bincount(self.layout.cluster[everyone], minlength=self.layout.clusters)
        well = SERVING[self.agenda.state_at(everyone, float(start.min()))]
        sick = np.bincount(self.layout.cluster[everyone][~well], minlength=self.layout.clusters) > 0
        refused = members & ((count == 2) | sick)[self.layout.cluster[nodes]]
        installation.refused += int(refused.sum())
        return nodes[~refused], start[~refused]

    def _request(
        self,
        installation: Installation,
        zone: str,
        nodes: np.ndarray,
        start: np.ndarray,
        wave: np.ndarray,
        off: np.ndarray | None = None,
    ) -> Request:
        return Request(
            nodes,
            start,
            installation.change,
            installation.number,
            self.boot_defect(nodes, np.full(len(nodes), installation.version)),
            installation.drain(nodes),
            wave,
            zone,
            np.full(len(nodes), NEVER) if off is None else off,
        )

    def _drive(
        self, installation: Installation, system: System, zone: str, nodes: np.ndarray, start: np.ndarray
    ) -> None:
        """Somebody takes the nodes of each pool in waves; the next wave waits for the one before."""
        if not len(nodes):
            return
        order = np.argsort(nodes)
        nodes, start = nodes[order], start[order]
        block = self.layout.cluster[nodes]
        start = np.maximum(start, self._turns_end(installation.number, nodes, float(start.min())))
        _, pool, sizes = np.unique(block, return_inverse=True, return_counts=True)
        width = np.array([count_of(installation.max_unavailable, int(size)) for size in sizes])
        wave = number_waves(block, width[pool])
        request = self._request(
            installation, zone, nodes, np.zeros(len(nodes)), block.astype(np.int64) * 100_000 + wave
        )
        trajectories = system.update(request)
        busy, failed = np.zeros(len(nodes)), np.zeros(len(nodes), bool)
        for t in trajectories:
            busy[t.index] = NEVER if t.program.is_stuck else t.times[:, -1]
            failed[t.index] = not t.program.succeeds
        if system.stops_at_failure():
            busy[failed] = NEVER
        if system.waits_for_ready():  # whoever drives it waits for these nodes in vain
            busy[self.unready(nodes, np.full(len(nodes), installation.version))] = NEVER
        turn = schedule(block, wave, start, busy)
        for number in np.unique(block[self.free_from(nodes, turn) != turn]):
            mine = np.flatnonzero(block == number)
            turn[mine] = self._turns(nodes[mine], wave[mine], start[mine[0]], busy[mine])
        for t in trajectories:
            self._plan_update(
                installation, system, nodes, Trajectory(t.index, t.program, t.times + turn[t.index, None])
            )

    def _turns_end(self, number: int, nodes: np.ndarray, since: float) -> np.ndarray:
        """When the last node that an installation has in hand or in its queue is through, in the pool of each node."""
        agenda, layout = self.agenda, self.layout
        ends = np.minimum(agenda.ends, agenda.until)
        rows = np.flatnonzero((agenda.owner == number) & (ends > since))
        block = layout.cluster.astype(np.int64) * len(layout.groups) + layout.pool
        last = np.full(layout.clusters * len(layout.groups), -NEVER)
        np.maximum.at(last, block[agenda.entity[rows]], ends[rows])
        return last[block[nodes]]

    def _turns(self, nodes: np.ndarray, wave: np.ndarray, start: float, busy: np.ndarray) -> np.ndarray:
        """The turns in one pool some of whose nodes are in other hands: a wave waits for its nodes and leaves out those
        that are dead."""
        turn = np.full(len(nodes), NEVER)
        for number in np.unique(wave):
            mine = np.flatnonzero(wave == number)
            while len(mine):
                free = self.free_from(nodes[mine], start)
                mine, latest = mine[np.isfinite(free)], free[np.isfinite(free)].max(initial=start)
                if latest == start:
                    break
                start = latest
            turn[mine] = start
            start += busy[mine].max(initial=0.0)
        return turn

    def _follow(
        self, installation: Installation, system: System, zone: str, nodes: np.ndarray, start: np.ndarray
    ) -> None:
        """Nodes fetch the version by themselves once it is there."""
        begins = self.free_from(nodes, start)
        request = self._request(installation, zone, nodes, begins, np.arange(len(nodes)), self._off_since(nodes, start))
        for t in system.update(request):
            self._plan_update(installation, system, nodes, t)

    def _off_since(self, nodes: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Since when each node has been dead or switched off at a time; NEVER where it is not."""
        rows = self.agenda.row_at(nodes, at)
        steps = self.agenda.step_at(rows, at)
        off = (steps >= 0) & (self.agenda.states[rows, steps] == State.FAILED)
        return np.where(off, self.agenda.times[rows, steps], NEVER)

    def _plan_update(
        self, installation: Installation, system: System, nodes: np.ndarray, trajectory: Trajectory
    ) -> None:
        chosen, times = nodes[trajectory.index], trajectory.times
        sure = np.isfinite(times[:, 0])
        if sure.any():
            self._forget(installation, system, chosen[sure], times[sure, 0])
            rows = self._enter(
                chosen[sure],
                trajectory.program,
                times[sure],
                installation.number,
                Priority.ROLLOUT,
                installation.version,
            )
            installation.rows.append(rows)

    def _forget(self, installation: Installation, system: System, nodes: np.ndarray, at: np.ndarray) -> None:
        """Tell which installations that wait for a reboot are undone by this one."""
        rows = self.agenda.row_at(nodes, at)
        waits = self.agenda.state_at(nodes, at) == State.PENDING_REBOOT
        for other in self.installations:
            lost = waits & (self.agenda.owner[rows] == other.number)
            if lost.any() and other is not installation and system.forgets(other.change, installation.change):
                self.forgotten(nodes[lost], at[lost], other.number)

    def fail(self, nodes: np.ndarray, at: np.ndarray, repair: np.ndarray, owner: int = -1) -> np.ndarray:
        """Machines die at given times and are repaired after `repair`; then they boot whatever is the default.

        A machine that is out of order already can't die again. Returns which of them died.
        """
        struck = self.agenda.state_at(nodes, at) != State.FAILED
        nodes, at, repair = nodes[struck], at[struck], repair[struck]
        if not len(nodes):
            return struck
        handover = self.agenda.claim(nodes, at, Priority.FAULT)
        number = self.failures[nodes]
        self.failures[nodes] += 1
        version = self._versions(nodes, handover.rows, handover.steps)[1]  # an update that waited for a reboot gets it
        back = at + repair
        self._boot(
            nodes, handover, at[:, None], back, p.REPAIR, version, number, "repair-", owner, Priority.FAULT, cold=True
        )
        self._resume(nodes, handover, at)
        return struck

    def _resume(self, nodes: np.ndarray, handover: Handover, at: np.ndarray) -> None:
        """Plan again the updates that a failure has interrupted before they were installed, or that still wait."""
        agenda = self.agenda
        row = np.where(handover.waiting >= 0, handover.waiting, handover.rows)
        owner = agenda.owner[row]
        installed = self._boots[agenda.program[handover.rows], np.maximum(handover.steps, 0)] != p.Boots.STAGED
        unfinished = (handover.steps >= 0) & (agenda.ends[handover.rows] > at) & ~installed
        open_ = np.flatnonzero((owner >= 0) & ((handover.waiting >= 0) | unfinished) & (row > 0))
        if not open_.size:
            return
        back = self.free_from(nodes, at)
        for number in np.unique(owner[open_]):
            installation = next((i for i in reversed(self.installations) if i.number == number), None)
            if installation is None:
                continue
            mine = open_[owner[open_] == number]
            for system, zone, index in self.system_of(nodes[mine]):
                part = mine[index]
                late = agenda.begins[row[part]] < back[part]
                queued = part[late] if system.driven else part[:0]
                part, late = (part[~late], late[~late]) if system.driven else (part, late)
                if part.size:
                    begins = np.maximum(agenda.begins[row[part]], back[part])
                    off = np.where(late, at[part], NEVER)
                    request = self._request(installation, zone, nodes[part], begins, np.arange(len(part)), off)
                    for t in system.update(request):
                        self._plan_update(installation, system, nodes[part], t)
                # Who comes back too late for its turn goes to the end of the queue.
                self._drive(installation, system, zone, nodes[queued], at[queued])

    def came_to(self, installation: Installation, what: str) -> np.ndarray:
        """When nodes came to an end of an installation that is not success, as planned now: 'rolled back by itself',
        'did not come back' or 'drain failed'."""
        rows = np.concatenate([np.zeros(0, int), *installation.rows])
        rows = rows[self.agenda.until[rows] >= self.agenda.ends[rows]]
        programs = {
            "rolled back by itself": [program.reverts for program in p.Program.all],
            "did not come back": self._is_stuck,
            "drain failed": [
                bool(program.steps) and program.steps[-1].state == State.CORDONED for program in p.Program.all
            ],
        }[what]
        return self.agenda.ends[rows[np.asarray(programs)[self.agenda.program[rows]]]]

    def settled_at(self, installation: Installation) -> float:
        """When the last node that has a turn ends its program, whatever comes of it, as planned now."""
        latest = 0.0
        for rows in installation.rows:
            live = rows[self.agenda.until[rows] >= self.agenda.begins[rows]]
            if live.size:
                latest = max(latest, float(np.minimum(self.agenda.ends[live], self.agenda.until[live]).max()))
        return latest
