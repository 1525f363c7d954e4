"""The nodes of a run: their roster, what is done to single machines, and versions on their way to many of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from simulator.kernel import NEVER, Calendar, Handover, Keyed
from simulator.nodes import programs as p
from simulator.nodes.driven import DrivenUpdates
from simulator.nodes.installation import Installation
from simulator.nodes.layout import Layout
from simulator.nodes.machines import Machines, Priority
from simulator.nodes.self_updates import SelfUpdates
from simulator.nodes.states import State
from simulator.nodes.system import Drain, System
from simulator.scenario.change import Change


class Nodes(Machines):
    """The nodes of a run.

    installations: every version that was brought to nodes. updates: what lies ahead of nodes that update themselves.
    """

    def __init__(self, layout: Layout, systems: Mapping[str, type[System]], keyed: Keyed, calendar: Calendar) -> None:
        super().__init__(layout, systems, keyed, calendar)
        self.installations: list[Installation] = []
        self._driven = DrivenUpdates(self)
        self.updates = SelfUpdates(self, self.installations, calendar.horizon)

    # --- installing ----------------------------------------------------------------------------------------

    def install(
        self,
        change: Change,
        number: int,
        nodes: np.ndarray,
        start: np.ndarray,
        max_unavailable: int | float | None,
        drain: Callable[[np.ndarray, np.ndarray], Drain],
    ) -> Installation:
        """Bring the change's version to nodes, each by the rules of its system.

        start: for each node, when the version is there for it. max_unavailable: nodes of a pool at once, where
        somebody drives the update (default 1).
        """
        there = np.full(self.layout.nodes, NEVER)
        self.forget_failures(nodes, start)
        installation = Installation(change, number, self.version(change.brings), there, max_unavailable or 1, drain)
        self.installations.append(installation)
        for system, _, index in self.system_of(nodes):
            if change.kind == "package" and not system.takes_packages:
                installation.refused += len(index)
                continue
            there[nodes[index]] = start[index]
            if system.driven:
                self._driven.begin(installation, system, nodes[index], start[index])
        self.updates.plan(nodes, there[nodes], joins=True)
        return installation

    def cut(self, number: int, at: float, only: np.ndarray | None = None) -> np.ndarray:
        mine = [i for i in self.installations if i.number == number]
        if not mine:
            return super().cut(number, at, only)
        driven = ~self.updates.mine if only is None else only & ~self.updates.mine
        left = super().cut(number, at, driven)
        offered = np.zeros(self.layout.nodes, bool)
        for installation in mine:
            installation.until = min(installation.until, at)
            offered |= self.updates.mine & (installation.start < NEVER)
        nodes = np.flatnonzero(offered)
        waited = nodes[self._still_to_come(number, nodes, at)]
        self.updates.plan(nodes, np.full(len(nodes), at), joins=True)
        return np.union1d(left, waited)

    def _still_to_come(self, number: int, nodes: np.ndarray, at: float) -> np.ndarray:
        """Which nodes have not begun an installation by a time, and would (bool)."""
        rows = self.agenda.chain(nodes)
        mine = rows[(self.agenda.owner[rows] == number) & (self.agenda.until[rows] >= self.agenda.begins[rows])]
        begun, comes = np.zeros(self.layout.nodes, bool), np.zeros(self.layout.nodes, bool)
        early = self.agenda.begins[mine] <= at
        begun[self.agenda.entity[mine[early]]] = True
        comes[self.agenda.entity[mine[~early]]] = True
        return (comes & ~begun)[nodes]

    def disturbed(self, nodes: np.ndarray, at: np.ndarray) -> None:
        if self.installations:
            self.updates.plan(nodes, at)

    def replan(self, now: float, clusters: np.ndarray) -> None:
        """Components of some clusters (bool) are planned otherwise: nodes that need them look, and ask, anew."""
        if self.installations:
            nodes = self.updates.waiting(now)
            nodes = nodes[clusters[self.layout.cluster[nodes]]]
            self.updates.plan(nodes, np.full(len(nodes), now), joins=True)

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
        self.boot(
            nodes, handover, at[:, None], back, p.REPAIR, version, number, "repair-", owner, Priority.FAULT, cold=True
        )
        self._resume(nodes, handover, at)
        self.disturbed(nodes, at)
        return struck

    def _resume(self, nodes: np.ndarray, handover: Handover, at: np.ndarray) -> None:
        """Plan again the driven updates that a failure has interrupted before they were installed, or that still
        wait."""
        agenda = self.agenda
        row = np.where(handover.waiting >= 0, handover.waiting, handover.rows)
        owner = agenda.owner[row]
        installed = self._boots[agenda.program[handover.rows], np.maximum(handover.steps, 0)] != p.Boots.STAGED
        unfinished = (handover.steps >= 0) & (agenda.ends[handover.rows] > at) & ~installed
        open_ = (owner >= 0) & ((handover.waiting >= 0) | unfinished) & (row > 0) & ~self.updates.mine[nodes]
        if not open_.any():
            return
        back = self.free_from(nodes, at)
        for number in np.unique(owner[open_]):
            installation = next((i for i in reversed(self.installations) if i.number == number), None)
            if installation is None:
                continue
            mine = np.flatnonzero(open_ & (owner == number))
            for system, _, index in self.system_of(nodes[mine]):
                part = mine[index]
                self._driven.resume(installation, system, nodes[part], agenda.begins[row[part]], at[part], back[part])

    # --- asking --------------------------------------------------------------------------------------------

    def came_to(self, installation: Installation, what: str) -> np.ndarray:
        """When nodes came to an end of an installation that is not success, as planned now: 'rolled back by itself',
        'did not come back' or 'drain failed'."""
        rows = installation.all_rows()
        rows = rows[self.agenda.until[rows] >= self.agenda.ends[rows]]
        programs = {
            "rolled back by itself": self.reverts,
            "did not come back": self._is_stuck,
            "drain failed": [
                bool(program.steps) and program.steps[-1].state == State.CORDONED for program in p.Program.all
            ],
        }[what]
        return self.agenda.ends[rows[np.asarray(programs)[self.agenda.program[rows]]]]

    def settled_at(self, installation: Installation) -> float:
        """When the last node that has a turn ends its program, whatever comes of it, as planned now."""
        rows = installation.all_rows()
        live = rows[self.agenda.until[rows] >= self.agenda.begins[rows]]
        return float(np.minimum(self.agenda.ends[live], self.agenda.until[live]).max(initial=0.0))
