"""What is done to machines, and who may interrupt whom: reboots, rollbacks, replacements, deaths.

Whoever does something claims the machine first; who may do so is decided by one table of priorities.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum

import numpy as np

from simulator.kernel import NEVER, Calendar, Handover, Keyed
from simulator.nodes import programs as p
from simulator.nodes.layout import Layout
from simulator.nodes.roster import Roster
from simulator.nodes.system import Boot, BootDefect, System


class Priority(IntEnum):
    """Who may interrupt whom: a claim is refused while a higher priority has the node in hand."""

    ROLLOUT = 10  # an update, or a reboot that a configuration asks for
    REMEDY = 30  # a person, or what a person has started
    FAULT = 50  # the machine itself


class Machines(Roster):
    """The roster, and what is done to single machines.

    boot_defect: asked before a version boots: which nodes it fails on, and at which stage. Set by the run.
    planned, taken: called with what has been planned (nodes, when up, version then) and taken back (nodes, when).
    """

    def __init__(self, layout: Layout, systems: Mapping[str, type[System]], keyed: Keyed, calendar: Calendar) -> None:
        super().__init__(layout, systems, keyed, calendar)
        self.boot_defect: Callable[[np.ndarray, np.ndarray], BootDefect] = lambda nodes, version: BootDefect.none(
            len(nodes)
        )
        self.planned: list[Callable[[np.ndarray, np.ndarray, np.ndarray], None]] = []
        self.taken: list[Callable[[np.ndarray, np.ndarray], None]] = []

    # --- orders --------------------------------------------------------------------------------------------

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
        rows = self.enter(nodes[sure], p.REPLACE, times, owner, Priority.REMEDY, version[sure])
        self.disturbed(nodes[sure], at[sure])
        return self._ends(nodes, rows)

    def break_down(self, nodes: np.ndarray, at: np.ndarray, owner: int) -> None:
        """Machines stop for good: somebody must come."""
        self.enter(nodes, p.DIE, at[:, None], owner, Priority.FAULT)
        self.disturbed(nodes, at)

    def forget_failures(self, nodes: np.ndarray, at: np.ndarray) -> None:
        """What is planned for nodes from a time on (for each) is planned without knowing which of them will die. Their
        failures are planned again afterwards."""
        gone = self.agenda.lift(nodes, at, Priority.REMEDY)
        if gone.size:
            since = np.full(self.layout.nodes, NEVER)
            since[nodes] = at
            for tell in self.taken:
                tell(gone, since[gone])

    def usual_reboot(self, nodes: np.ndarray) -> np.ndarray:
        """How long each node's next ordered reboot takes if nothing goes wrong."""
        lasts, number = np.zeros(len(nodes)), self.reboots[nodes]
        for system, _, index in self.system_of(nodes):
            well = BootDefect.none(len(index))
            boot = Boot(nodes[index], number[index], well, np.zeros(len(index), bool), "ordered-")
            lasts[index] = system.reboot_seconds(boot) + system.start_seconds(boot)
        return lasts

    def cut(self, number: int, at: float, only: np.ndarray | None = None) -> np.ndarray:
        """Nothing new of an installation (or of reboots with that owner) starts after `at`, on some nodes (bool) if
        given; returns the nodes that were still to come."""
        rows = self.agenda.cut(number, at, only)
        nodes = np.unique(self.agenda.entity[rows])
        if nodes.size:
            for tell in self.taken:
                tell(nodes, np.full(len(nodes), at))
        return nodes

    # --- how orders are carried out ------------------------------------------------------------------------

    def _order(
        self, nodes: np.ndarray, at: np.ndarray, owner: int, priority: Priority, version: np.ndarray | None
    ) -> np.ndarray:
        number = self.reboots[nodes]
        self.reboots[nodes] += 1
        sure = np.isfinite(at)
        handover = self.agenda.claim(nodes[sure], at[sure], priority)
        chosen = np.flatnonzero(sure)[handover.granted]
        into = self._versions(nodes[chosen], handover.rows, handover.steps)[1] if version is None else version[chosen]
        rows = self.boot(
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
        self.disturbed(nodes[chosen], at[chosen])
        return self._ends(nodes, rows)

    def disturbed(self, nodes: np.ndarray, at: np.ndarray) -> None:
        """Something else has been ordered for nodes from a time on (for each): what they had before them is void."""

    def _ends(self, nodes: np.ndarray, rows: np.ndarray) -> np.ndarray:
        ends = np.full(self.layout.nodes, NEVER)
        ends[self.agenda.entity[rows]] = np.where(self._is_stuck[self.agenda.program[rows]], NEVER, self.ready_at(rows))
        return ends[nodes]

    def boot(
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
        old, staged = self._versions(nodes, handover.rows, handover.steps)
        fresh = version != old
        found = [np.zeros(0, int)]
        for system, _, index in self.system_of(nodes):
            boot = Boot(nodes[index], attempt[index], defect.of(index), fresh[index], purpose, cold)
            outcome, tails = system.boot(boot)
            for name in np.unique(outcome):
                some = np.flatnonzero(outcome == name)
                part = index[some]
                tail = np.cumsum([start[part], *(d[some] for d in tails[name])], axis=0).T
                times = np.concatenate([head[part], tail], axis=1)
                found.append(
                    self._plan(
                        nodes[part], programs[name], times, owner, priority, old[part], staged[part], version[part]
                    )
                )
        return np.concatenate(found)

    def enter(
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
        got = handover.granted
        old, staged = self._versions(nodes[got], handover.rows, handover.steps)
        new = staged if new is None else np.broadcast_to(new, nodes.shape)[got]
        return self._plan(nodes[got], program, times[got], owner, priority, old, staged, new)

    def _plan(
        self,
        nodes: np.ndarray,
        program: p.Program,
        times: np.ndarray,
        owner: int,
        priority: Priority,
        old: np.ndarray,
        staged: np.ndarray,
        new: np.ndarray,
    ) -> np.ndarray:
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
