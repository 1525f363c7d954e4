"""The nodes of a run: one agenda, one row of it for each thing that is done to a node.

Everything that happens to machines goes through here: an installation along a rollout, a machine
that dies and is repaired, a reboot, a rollback, a replacement. Who may interrupt whom is decided by
one table of priorities.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Callable, Mapping

import numpy as np

from simulator.kernel import NEVER, Agenda, Calendar, Handover, Intervals, Keyed
from simulator.nodes import programs as p
from simulator.nodes.layout import Layout
from simulator.nodes.states import BAD, RUNNING, SERVING, State
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
    """A version on its way to nodes: what was asked, and what has become of it so far.

    done: when each node ends its program, by node of the fleet (NEVER: not yet planned or never).
    """

    change: Change
    number: int
    version: int
    drain: Callable[[np.ndarray], Drain]
    rows: list[np.ndarray]
    refused: int = 0


class Nodes:
    """State of every node.

    boot_defect: asked before a version boots: which nodes it fails on, and at which stage. Set by the run.
    planned, taken: called with what has been planned (nodes, when up, version then) and taken back (nodes, when).
    """

    def __init__(self, layout: Layout, systems: Mapping[str, type[System]], keyed: Keyed, calendar: Calendar) -> None:
        self.layout, self.keyed = layout, keyed
        self.agenda = Agenda(layout.nodes, p.STEPS, int(State.READY), extra={
            "program": np.int16, "old": np.int16, "staged": np.int16, "new": np.int16})
        self.systems: list[System] = [systems[g.os.name](g.os, g.pool.platform, keyed, calendar)
                                      for g in layout.groups]
        self.versions: list[str] = []
        self.first_version = np.array([self.version(g.pool.version) for g in layout.groups], np.int16)[layout.pool]
        self.failures = np.zeros(layout.nodes, np.int32)
        self.reboots = np.zeros(layout.nodes, np.int32)
        self.installations: list[Installation] = []
        self.boot_defect: Callable[[np.ndarray, np.ndarray], BootDefect] = lambda nodes, version: BootDefect.none(len(nodes))
        self.planned: list[Callable[[np.ndarray, np.ndarray, np.ndarray], None]] = []
        self.taken: list[Callable[[np.ndarray, np.ndarray], None]] = []
        self._runs_new, self._boots = p.table("runs_new").astype(bool), p.table("boots")
        self._up_step = np.array([p.up_step(program) for program in p.Program.all])
        self._succeeds = np.array([program.succeeds for program in p.Program.all])

    # --- asking ----------------------------------------------------------------------------------------------

    def version(self, name: str) -> int:
        """The number of a version name, made known if it is new."""
        if name not in self.versions:
            self.versions.append(name)
        return self.versions.index(name)

    def versions_at(self, nodes: np.ndarray, at: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
        """The version each node runs at a time, and the one that would boot next."""
        rows = self.agenda.row_at(nodes, at)
        return self._versions(nodes, rows, self.agenda.step_at(rows, at))

    def _versions(self, nodes: np.ndarray, rows: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        agenda, first = self.agenda, self.first_version[nodes]
        begun = steps >= 0
        step, program = np.maximum(steps, 0), agenda.program[rows]
        old = np.where(rows > 0, agenda.old[rows], first)
        staged = np.where(rows > 0, agenda.staged[rows], first)
        new = agenda.new[rows]
        runs = np.where(begun & self._runs_new[program, step], new, old)
        boots = np.where(begun, self._boots[program, step], p.Boots.STAGED)
        return runs, np.where(boots == p.Boots.NEW, new, np.where(boots == p.Boots.OLD, old, staged))

    def previous_version(self, nodes: np.ndarray, at: float) -> np.ndarray:
        """The version each node ran before the one it runs at a time (the other slot, the snapshot before)."""
        agenda = self.agenda
        rows = agenda.row_at(nodes, at)
        now, _ = self._versions(nodes, rows, agenda.step_at(rows, at))
        found = now.copy()
        while True:
            open_ = (found == now) & (rows > 0)
            if not open_.any():
                return np.where(found == now, self.first_version[nodes], found)
            found = np.where(open_, agenda.old[rows], found)
            rows = np.where(open_, agenda.before[rows], rows)

    def system_of(self, nodes: np.ndarray) -> list[tuple[System, str, np.ndarray]]:
        """Nodes by pool group: the system, its time zone, and positions in `nodes`."""
        groups = self.layout.pool[nodes]
        return [(self.systems[g], self.layout.groups[g].time_zone, np.flatnonzero(groups == g))
                for g in np.unique(groups)]

    def out_of_service(self, clusters: np.ndarray | None = None) -> Intervals:
        """When nodes can't serve pods because of their lifecycle; of some clusters (bool) only, if given."""
        return self._spans(~SERVING, clusters)

    def bad(self, clusters: np.ndarray | None = None) -> Intervals:
        """When nodes are out of order because of their lifecycle."""
        return self._spans(BAD, clusters)

    def spans(self, state: State, clusters: np.ndarray | None = None) -> Intervals:
        """When nodes are in one state."""
        chosen = np.zeros(len(State), bool)
        chosen[state] = True
        return self._spans(chosen, clusters)

    def _spans(self, states: np.ndarray, clusters: np.ndarray | None) -> Intervals:
        if clusters is None or clusters.all():
            return self.agenda.spans(states)
        rows = self.agenda.chain(np.flatnonzero(clusters[self.layout.cluster]))
        return self.agenda.spans(states, rows[rows > 0])

    def running_from(self, nodes: np.ndarray, at: np.ndarray | float) -> np.ndarray:
        """The first time at or after `at` at which each node is switched on and past its boot."""
        at = np.broadcast_to(np.asarray(at, float), np.shape(nodes)).copy()
        finite = np.isfinite(at)
        away = np.zeros(len(at), bool)
        away[finite] = ~RUNNING[self.agenda.state_at(nodes[finite], at[finite])]
        if away.any():
            rows = self.agenda.row_at(nodes[away], at[away])
            ends_running = RUNNING[self.agenda.states[rows, np.maximum(np.isfinite(self.agenda.times[rows]).sum(1) - 1, 0)]]
            at[away] = np.where(ends_running & (self.agenda.until[rows] == NEVER), self.agenda.ends[rows], NEVER)
        return at

    # --- doing -----------------------------------------------------------------------------------------------

    def install(self, change: Change, number: int, nodes: np.ndarray, start: np.ndarray,
                max_unavailable: int | float | None, drain: Callable[[np.ndarray], Drain]) -> Installation:
        """Bring the change's version to nodes, each by the rules of its system.

        start: for each node, when the version is there for it. max_unavailable: nodes of a pool at once, where
        somebody drives the update (default 1).
        """
        installation = Installation(change, number, self.version(change.version or change.name), drain, [])
        self.installations.append(installation)
        for system, zone, index in self.system_of(nodes):
            chosen, begins = nodes[index], start[index]
            if system.driven:
                chosen, begins = self._refuse_etcd(installation, system, chosen, begins)
                self._drive(installation, system, zone, chosen, begins, max_unavailable or 1)
            else:
                self._follow(installation, system, zone, chosen, begins)
        return installation

    def _refuse_etcd(self, installation: Installation, system: System, nodes: np.ndarray,
                     start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
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

    def _request(self, installation: Installation, zone: str, nodes: np.ndarray, start: np.ndarray,
                 wave: np.ndarray) -> Request:
        return Request(nodes, start, installation.change, installation.number,
                       self.boot_defect(nodes, np.full(len(nodes), installation.version)),
                       installation.drain(nodes), wave, zone)

    def _drive(self, installation: Installation, system: System, zone: str, nodes: np.ndarray, start: np.ndarray,
               max_unavailable: int | float) -> None:
        """Somebody takes the nodes of each pool in waves; the next wave waits for the one before."""
        if not len(nodes):
            return
        block = self.layout.cluster[nodes]
        sizes = np.bincount(block, minlength=self.layout.clusters)
        width = np.array([count_of(max_unavailable, int(s)) if s else 1 for s in sizes]) \
            if not isinstance(max_unavailable, int) else np.full(len(sizes), max_unavailable)
        wave = number_waves(block, width[block])
        request = self._request(installation, zone, nodes, np.zeros(len(nodes)), block.astype(np.int64) * 100_000 + wave)
        trajectories = system.update(request)
        busy, failed = np.zeros(len(nodes)), np.zeros(len(nodes), bool)
        for t in trajectories:
            busy[t.index] = NEVER if t.program.is_stuck else t.times[:, -1]
            failed[t.index] = not t.program.succeeds
        turn = schedule(block, wave, start, busy, failed if system.stops_at_failure() else None)
        turn = self.agenda.free_at(nodes, turn, Priority.ROLLOUT)
        for t in trajectories:
            self._plan_update(installation, nodes, Trajectory(t.index, t.program, t.times + turn[t.index, None]))

    def _follow(self, installation: Installation, system: System, zone: str, nodes: np.ndarray,
                start: np.ndarray) -> None:
        """Nodes fetch the version by themselves once it is there."""
        begins = self.agenda.free_at(nodes, start, Priority.ROLLOUT)
        for t in system.update(self._request(installation, zone, nodes, begins, np.arange(len(nodes)))):
            self._plan_update(installation, nodes, t)

    def _plan_update(self, installation: Installation, nodes: np.ndarray, trajectory: Trajectory) -> None:
        chosen, times = nodes[trajectory.index], trajectory.times
        sure = np.isfinite(times[:, 0])
        if sure.any():
            rows = self._enter(chosen[sure], trajectory.program, times[sure], installation.number, Priority.ROLLOUT,
                               installation.version)
            installation.rows.append(rows)

    def _enter(self, nodes: np.ndarray, program: p.Program, times: np.ndarray, owner: int, priority: Priority,
               new: np.ndarray | int | None = None) -> np.ndarray:
        """Claim nodes at the first step and plan the program; returns the rows (nodes in higher hands are left out).

        new: the version the program is about; default: the one that would boot next.
        """
        handover = self.agenda.claim(nodes, times[:, 0], priority)
        return self._plan(nodes[handover.granted], handover, program, times[handover.granted], owner, priority,
                          new if new is None or np.ndim(new) == 0 else new[handover.granted])

    def _plan(self, nodes: np.ndarray, handover: Handover, program: p.Program, times: np.ndarray, owner: int,
              priority: Priority, new: np.ndarray | int | None) -> np.ndarray:
        old, staged = self._versions(nodes, handover.rows, handover.steps)
        new = staged if new is None else np.broadcast_to(new, old.shape)
        rows = self.agenda.plan(nodes, times, program.states, owner, int(priority), program=program.number,
                                old=old, staged=staged, new=new)
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
        runs, boots = self._versions(nodes, handover.rows, handover.steps)
        boot, start = np.zeros(len(nodes)), np.zeros(len(nodes))
        for system, _, index in self.system_of(nodes):
            boot[index] = system.reboot_seconds(nodes[index], number[index], "boot-after-repair")
            start[index] = system.draw(system.say.service_start, "start-after-repair", nodes[index], number[index])
        back = at + repair
        times = np.stack([at, back, back + boot, back + boot + start], axis=1)
        program = np.full(len(nodes), p.REPAIR.number)
        surprise = np.flatnonzero(boots != runs)  # an update that was installed and waited for a reboot
        if surprise.size:
            program[surprise] = self._outcomes(nodes[surprise], boots[surprise])
        for kind in (p.REPAIR, p.REPAIR_DEAD, p.REPAIR_REVERTED):
            index = np.flatnonzero(program == kind.number)
            if index.size:
                part = Handover(handover.granted, *(getattr(handover, name)[index] for name in
                                                    ("rows", "steps", "states", "since", "waiting")))
                width = times[index]
                if kind is p.REPAIR_REVERTED:
                    width = np.concatenate([width[:, :3], width[:, 2:3] + boot[index, None]], axis=1)
                    self._plan(nodes[index], part, kind, width, owner, Priority.FAULT, None)
                else:
                    self._plan(nodes[index], part, kind, width[:, :len(kind.steps)], owner, Priority.FAULT, None)
        self._resume(nodes, handover, at, times[:, -1])
        return struck

    def _outcomes(self, nodes: np.ndarray, version: np.ndarray) -> np.ndarray:
        """Which repair program each node goes through when it boots a version it has not run before."""
        defect = self.boot_defect(nodes, version)
        found = np.full(len(nodes), p.REPAIR.number)
        for system, _, index in self.system_of(nodes):
            for k in index[defect.stage[index] > 0]:
                outcome = system.boot_after(int(defect.stage[k]), bool(defect.hangs[k]))
                found[k] = (p.REPAIR_DEAD if outcome == "dead" else p.REPAIR_REVERTED).number
        return found

    def _resume(self, nodes: np.ndarray, handover: Handover, at: np.ndarray, back: np.ndarray) -> None:
        """Plan again the updates that a failure has interrupted before they were installed, or that still wait."""
        agenda = self.agenda
        row = np.where(handover.waiting >= 0, handover.waiting, handover.rows)
        owner = agenda.owner[row]
        step = np.maximum(handover.steps, 0)
        installed = self._boots[agenda.program[handover.rows], step] == p.Boots.NEW
        unfinished = (handover.steps >= 0) & (agenda.ends[handover.rows] > at) & ~installed
        open_ = np.flatnonzero((owner >= 0) & ((handover.waiting >= 0) | unfinished) & (row > 0))
        for number in np.unique(owner[open_]):
            installation = next((i for i in self.installations if i.number == number), None)
            if installation is None:
                continue
            mine = open_[owner[open_] == number]
            begins = np.maximum(agenda.begins[row[mine]], back[mine])
            for system, zone, index in self.system_of(nodes[mine]):
                chosen = nodes[mine][index]
                request = self._request(installation, zone, chosen, begins[index], np.arange(len(chosen)))
                for t in system.update(request):
                    self._plan_update(installation, chosen, t)

    def cut(self, number: int, at: float, only: np.ndarray | None = None) -> np.ndarray:
        """Nothing new of an installation (or of reboots with that owner) starts after `at`, on some nodes (bool) if
        given; returns the nodes that were still to come."""
        rows = self.agenda.cut(number, at, only)
        nodes = self.agenda.entity[rows]
        if nodes.size:
            for tell in self.taken:
                tell(nodes, np.full(len(nodes), at))
        return nodes

    def reboot(self, nodes: np.ndarray, at: np.ndarray, owner: int, priority: Priority) -> np.ndarray:
        """Reboot into whatever is the default; returns when each is up again (NEVER: in higher hands or dead)."""
        return self._order(nodes, at, owner, priority, p.REBOOT, None)

    def rollback(self, nodes: np.ndarray, at: np.ndarray, owner: int) -> np.ndarray:
        """Boot the version before, by hand. Returns when each is up again."""
        return self._order(nodes, at, owner, Priority.REMEDY, p.REBOOT, self.previous_version(nodes, float(np.min(at))))

    def replace(self, nodes: np.ndarray, at: np.ndarray, lasts: np.ndarray, version: np.ndarray, owner: int) -> np.ndarray:
        """Give up machines and provision new ones with a version; returns when each is ready."""
        rows = self._enter(nodes, p.REPLACE, np.stack([at, at + lasts], axis=1), owner, Priority.REMEDY, version)
        return self._ends(nodes, rows)

    def break_down(self, nodes: np.ndarray, at: np.ndarray, owner: int) -> None:
        """Machines stop for good: somebody must come."""
        self._enter(nodes, p.DIE, at[:, None], owner, Priority.REMEDY)

    def _order(self, nodes: np.ndarray, at: np.ndarray, owner: int, priority: Priority, program: p.Program,
               version: np.ndarray | None) -> np.ndarray:
        number = self.reboots[nodes]
        self.reboots[nodes] += 1
        boot, start = np.zeros(len(nodes)), np.zeros(len(nodes))
        for system, _, index in self.system_of(nodes):
            boot[index] = system.reboot_seconds(nodes[index], number[index], "ordered-reboot")
            start[index] = system.draw(system.say.service_start, "ordered-start", nodes[index], number[index])
        times = np.stack([at, at + boot, at + boot + start], axis=1)
        sure = np.isfinite(times[:, 0])
        rows = self._enter(nodes[sure], program, times[sure], owner, priority, None if version is None else version[sure])
        return self._ends(nodes, rows)

    def _ends(self, nodes: np.ndarray, rows: np.ndarray) -> np.ndarray:
        ends = np.full(self.layout.nodes, NEVER)
        ends[self.agenda.entity[rows]] = self.agenda.ends[rows]
        return ends[nodes]

    def runs_since(self, version: int, nodes: np.ndarray, horizon: float) -> np.ndarray:
        """When each node was first ready on a version, by whatever way it came there; NEVER where it was not."""
        agenda = self.agenda
        rows = np.flatnonzero(self._succeeds[agenda.program] & (agenda.new == version)
                              & (agenda.ends <= np.minimum(agenda.until, horizon)))
        found = np.full(self.layout.nodes, NEVER)
        np.minimum.at(found, agenda.entity[rows], agenda.ends[rows])
        return found[nodes]

    def settled_at(self, installation: Installation) -> float:
        """When the last node that has a turn ends its program, whatever comes of it, as planned now."""
        latest = 0.0
        for rows in installation.rows:
            live = rows[self.agenda.until[rows] >= self.agenda.begins[rows]]
            if live.size:
                latest = max(latest, float(self.agenda.ends[live].max()))
        return latest
