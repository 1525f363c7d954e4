"""What is done to nodes, and who may interrupt whom.

Everything that happens to machines goes through here: an installation along a rollout, a machine
that dies and is repaired, a reboot, a rollback, a replacement. Who may interrupt whom is decided by
one table of priorities.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from simulator.kernel import NEVER, Calendar, Handover, Keyed
from simulator.nodes import programs as p
from simulator.nodes.layout import Layout
from simulator.nodes.roster import Roster
from simulator.nodes.states import SERVING, State
from simulator.nodes.system import BootDefect, Drain, Request, System, Trajectory
from simulator.nodes.waves import number_waves, schedule
from simulator.scenario.base import count_of
from simulator.scenario.change import Change


class Priority(IntEnum):
    """Who may interrupt whom: a claim is refused while a higher priority has the node in hand."""

    ROLLOUT = 10  # an update, or a reboot that a configuration asks for
    REMEDY = 30  # a person, or what a person has started
    FAULT = 50  # the machine itself


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


class Nodes(Roster):
    """The nodes of a run: the roster, and what is done to it.

    boot_defect: asked before a version boots: which nodes it fails on, and at which stage. Set by the run.
    planned, taken: called with what has been planned (nodes, when up, version then) and taken back (nodes, when).
    forgotten: called when an update undoes one that was waiting (nodes, when, number of the installation).
    """

    def __init__(self, layout: Layout, systems: Mapping[str, type[System]], keyed: Keyed, calendar: Calendar) -> None:
        super().__init__(layout, systems, keyed, calendar)
        self.installations: list[Installation] = []
        self.boot_defect: Callable[[np.ndarray, np.ndarray], BootDefect] = lambda nodes, version: BootDefect.none(
            len(nodes)
        )
        self.planned: list[Callable[[np.ndarray, np.ndarray, np.ndarray], None]] = []
        self.taken: list[Callable[[np.ndarray, np.ndarray], None]] = []
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
        installation = Installation(
            change, number, self.version(change.version or change.name), max_unavailable or 1, drain, []
        )
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
        sizes = np.bincount(block, minlength=self.layout.clusters)
        width = np.array([count_of(installation.max_unavailable, int(s)) if s else 1 for s in sizes])
        wave = number_waves(block, width[block])
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

    def _enter(
        self,
        nodes: np.ndarray,
        program: p.Program,
        times: np.ndarray,
        owner: int,
        priority: Priority,
        new: np.ndarray | int | None = None,
    ) -> np.ndarray:
        """Claim nodes at the first step and plan the program; returns the rows (nodes in higher hands are left out).

        new: the version the program is about; default: the one that would boot next.
        """
        handover = self.agenda.claim(nodes, times[:, 0], priority)
        return self._plan(
            nodes[handover.granted],
            handover,
            program,
            times[handover.granted],
            owner,
            priority,
            new if new is None or np.ndim(new) == 0 else new[handover.granted],
        )

    def _plan(
        self,
        nodes: np.ndarray,
        handover: Handover,
        program: p.Program,
        times: np.ndarray,
        owner: int,
        priority: Priority,
        new: np.ndarray | int | None,
    ) -> np.ndarray:
        old, staged = self._versions(nodes, handover.rows, handover.steps)
        new = staged if new is None else np.broadcast_to(new, old.shape)
        rows = self.agenda.plan(
            nodes, times, program.states, owner, int(priority), program=program.number, old=old, staged=staged, new=new
        )
        if self.taken:
            for tell in self.taken:
                tell(nodes, times[:, 0])
        if self.planned:
            step = self._up_step[program.number]
            if step >= 0:
                up = times[:, step]
                after = new if program.steps[step].runs_new else old
                for tell in self.planned:
                    tell(nodes, up, after)
        return rows

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

    def _boot(
        self,
        nodes: np.ndarray,
        handover: Handover,
        head: np.ndarray,
        start: np.ndarray,
        programs: dict[str, p.Program],
        version: np.ndarray,
        attempt: np.ndarray,
        purpose: str,
        owner: int,
        priority: Priority,
        cold: bool = False,
    ) -> np.ndarray:
        """Plan a boot into a version at `start`, after the steps that a head takes; returns the rows."""
        defect = self.boot_defect(nodes, version)
        found = [np.zeros(0, int)]
        for system, _, index in self.system_of(nodes):
            outcome, tails = system.boot(nodes[index], attempt[index], defect.of(index), purpose, cold)
            for name in np.unique(outcome):
                some = np.flatnonzero(outcome == name)
                part = index[some]
                tail = np.cumsum([start[part], *(d[some] for d in tails[name])], axis=0).T
                times = np.concatenate([head[part], tail], axis=1)
                found.append(
                    self._plan(
                        nodes[part], _part(handover, part), programs[name], times, owner, priority, version[part]
                    )
                )
        return np.concatenate(found)

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

    def cut(self, number: int, at: float, only: np.ndarray | None = None) -> np.ndarray:
        """Nothing new of an installation (or of reboots with that owner) starts after `at`, on some nodes (bool) if
        given; returns the nodes that were still to come."""
        rows = self.agenda.cut(number, at, only)
        nodes = np.unique(self.agenda.entity[rows])
        if nodes.size:
            for tell in self.taken:
                tell(nodes, np.full(len(nodes), at))
        return nodes

    def reboot(self, nodes: np.ndarray, at: np.ndarray, owner: int, priority: Priority) -> np.ndarray:
        """Reboot into whatever is the default; returns when each is up again (NEVER: in higher hands or dead)."""
        return self._order(nodes, at, owner, priority, None)

    def rollback(self, nodes: np.ndarray, at: np.ndarray, owner: int) -> np.ndarray:
        """Boot the version before, by hand. Returns when each is up again."""
        return self._order(nodes, at, owner, Priority.REMEDY, self.previous_version(nodes, float(np.min(at))))

    def replace(
        self, nodes: np.ndarray, at: np.ndarray, lasts: np.ndarray, version: np.ndarray, owner: int
    ) -> np.ndarray:
        """Give up machines and provision new ones with a version; returns when each is ready."""
        sure = np.isfinite(at + lasts)
        times = np.stack([at, at + lasts], axis=1)[sure]
        return self._ends(nodes, self._enter(nodes[sure], p.REPLACE, times, owner, Priority.REMEDY, version[sure]))

    def break_down(self, nodes: np.ndarray, at: np.ndarray, owner: int) -> None:
        """Machines stop for good: somebody must come."""
        self._enter(nodes, p.DIE, at[:, None], owner, Priority.FAULT)

    def usual_reboot(self, nodes: np.ndarray) -> np.ndarray:
        """How long each node's next ordered reboot takes if nothing goes wrong."""
        lasts, number = np.zeros(len(nodes)), self.reboots[nodes]
        for system, _, index in self.system_of(nodes):
            lasts[index] = system.reboot_seconds(nodes[index], number[index], "ordered-") + system.start_seconds(
                nodes[index], number[index], "ordered-"
            )
        return lasts

    def _order(
        self, nodes: np.ndarray, at: np.ndarray, owner: int, priority: Priority, version: np.ndarray | None
    ) -> np.ndarray:
        number = self.reboots[nodes]
        self.reboots[nodes] += 1
        sure = np.isfinite(at)
        handover = self.agenda.claim(nodes[sure], at[sure], priority)
        chosen = np.flatnonzero(sure)[handover.granted]
        into = self._versions(nodes[chosen], handover.rows, handover.steps)[1] if version is None else version[chosen]
        rows = self._boot(
            nodes[chosen],
            handover,
            np.zeros((len(chosen), 0)),
            at[chosen],
            p.REBOOT,
            into,
            number[chosen],
            "ordered-",
            owner,
            priority,
        )
        return self._ends(nodes, rows)

    def _ends(self, nodes: np.ndarray, rows: np.ndarray) -> np.ndarray:
        ends = np.full(self.layout.nodes, NEVER)
        ends[self.agenda.entity[rows]] = np.where(
            self._is_stuck[self.agenda.program[rows]], NEVER, self.agenda.ends[rows]
        )
        return ends[nodes]

    def settled_at(self, installation: Installation) -> float:
        """When the last node that has a turn ends its program, whatever comes of it, as planned now."""
        latest = 0.0
        for rows in installation.rows:
            live = rows[self.agenda.until[rows] >= self.agenda.begins[rows]]
            if live.size:
                latest = max(latest, float(np.minimum(self.agenda.ends[live], self.agenda.until[live]).max()))
        return latest


def _part(handover: Handover, index: np.ndarray) -> Handover:
    return Handover(
        handover.granted, *(getattr(handover, name)[index] for name in ("rows", "steps", "states", "since", "waiting"))
    )
