"""The roster: the state of every node, and all that may be asked of it.

The state is kept as one agenda; each row of it is one thing that is done to a node, with the versions it is
about. What is done stands in `nodes`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simulator.kernel import NEVER, Agenda, Calendar, Intervals, Keyed
from simulator.nodes import programs as p
from simulator.nodes.layout import Layout
from simulator.nodes.states import BAD, BUSY, RUNNING, SERVING, State
from simulator.nodes.system import System
from simulator.scenario.selector import Selector

#: For a larger share of the clusters the spans of all nodes are found, and kept for the next question.
_MOST = 0.25


class Roster:
    """State of every node.

    versions: names by number. failures, reboots: how often each node has died, or was ordered to reboot. succeeds,
    reverts: what programs come to, by their number.
    """

    def __init__(self, layout: Layout, systems: Mapping[str, type[System]], keyed: Keyed, calendar: Calendar) -> None:
        self.layout = layout
        self.agenda = Agenda(
            layout.nodes,
            p.STEPS,
            int(State.READY),
            extra={"program": np.int16, "old": np.int16, "staged": np.int16, "new": np.int16},
        )
        self.systems: list[System] = [
            systems[g.os.name](g.os, g.pool.platform, keyed, calendar, layout) for g in layout.groups
        ]
        self.versions: list[str] = []
        first = np.array([self.version(g.pool.version) for g in layout.groups], np.int16)
        self.first_version = first[layout.pool]
        self.failures = np.zeros(layout.nodes, np.int32)
        self.reboots = np.zeros(layout.nodes, np.int32)
        self._known: tuple[int, dict[bytes, Intervals]] = (-1, {})  # spans of all nodes, as long as plans stay the same
        self._runs_new, self._boots = p.table("runs_new").astype(bool), p.table("boots")
        self._up_step = np.array([p.up_step(program) for program in p.Program.all])
        self._is_stuck = np.array([program.is_stuck for program in p.Program.all])
        self.succeeds = np.array([program.succeeds for program in p.Program.all])
        self.reverts = np.array([program.reverts for program in p.Program.all])
        self._ready_step = np.array([program.ready_step for program in p.Program.all])

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
        """The version each node would go back to at a time (the other slot, the snapshot before): the one it still
        runs when another is the default, else the one it ran before."""
        agenda = self.agenda
        rows = agenda.row_at(nodes, at)
        found, boots = self._versions(nodes, rows, agenda.step_at(rows, at))
        while True:
            open_ = (found == boots) & (rows > 0)
            if not open_.any():
                return np.where(found == boots, self.first_version[nodes], found)
            found = np.where(open_, agenda.old[rows], found)
            rows = np.where(open_, agenda.before[rows], rows)

    def on_version(self, wanted: Selector, chosen: np.ndarray | None = None) -> Intervals:
        """When nodes (some of them, bool) run a version that `wanted` selects by the key `os.version`."""
        agenda = self.agenda
        names = np.array(self.versions)
        fits = wanted.match({"os.version": names}, len(names))
        rows = np.flatnonzero(self._up_step[agenda.program] >= 0)
        rows = rows if chosen is None else rows[chosen[agenda.entity[rows]]]
        step = self._up_step[agenda.program[rows]]
        up = agenda.times[rows, step]
        happens = up <= np.minimum(agenda.until[rows], np.finfo(float).max)
        rows, step, up = rows[happens], step[happens], up[happens]
        after = np.where(self._runs_new[agenda.program[rows], step], agenda.new[rows], agenda.old[rows])
        everyone = np.arange(self.layout.nodes) if chosen is None else np.flatnonzero(chosen)
        node = np.concatenate([everyone, agenda.entity[rows]])
        begin = np.concatenate([np.zeros(len(everyone)), up])
        version = np.concatenate([self.first_version[everyone], after])
        order = np.argsort(node, kind="stable")  # the rows of a node are made in time order
        node, begin, version = node[order], begin[order], version[order]
        end = np.append(begin[1:], NEVER)
        end[np.append(node[1:] != node[:-1], True)] = NEVER
        right = fits[version]
        return Intervals.of(node[right], begin[right], end[right])

    def system_of(self, nodes: np.ndarray) -> list[tuple[System, str, np.ndarray]]:
        """Nodes by pool group: the system, its time zone, and positions in `nodes`."""
        groups = self.layout.pool[nodes]
        present = np.flatnonzero(np.bincount(groups, minlength=len(self.systems)))
        return [(self.systems[g], self.layout.groups[g].time_zone, np.flatnonzero(groups == g)) for g in present]

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
        if clusters is None or np.count_nonzero(clusters) > _MOST * len(clusters):
            if self._known[0] != self.agenda.changes:
                self._known = self.agenda.changes, {}
            key = states.tobytes()
            if key not in self._known[1]:
                self._known[1][key] = self.agenda.spans(states)
            found = self._known[1][key]
            return found if clusters is None or clusters.all() else found.of_entities(clusters[self.layout.cluster])
        rows = self.agenda.chain(np.flatnonzero(clusters[self.layout.cluster]))
        return self.agenda.spans(states, rows[rows > 0])

    def running_from(self, nodes: np.ndarray, at: np.ndarray | float) -> np.ndarray:
        """The first time at or after `at` at which each node is switched on and past its boot."""
        return self._out_of(~RUNNING, nodes, at)

    def serving_from(self, nodes: np.ndarray, at: np.ndarray | float) -> np.ndarray:
        """The first time at or after `at` at which each node can run pods."""
        return self._out_of(~SERVING, nodes, at)

    def free_from(self, nodes: np.ndarray, at: np.ndarray | float) -> np.ndarray:
        """The first time at or after `at` at which each node is in the middle of nothing; NEVER for a dead one."""
        return self._out_of(BUSY, nodes, at)

    def _out_of(self, states: np.ndarray, nodes: np.ndarray, at: np.ndarray | float) -> np.ndarray:
        at = np.broadcast_to(np.asarray(at, float), np.shape(nodes)).copy()
        inside = np.flatnonzero(np.isfinite(at))
        inside = inside[states[self.agenda.state_at(nodes[inside], at[inside])]]
        if inside.size:
            rows = self.agenda.chain(nodes[inside], float(at[inside].min()))
            at[inside] = self.agenda.spans(states, rows[rows > 0]).over_from(nodes[inside], at[inside])
        return at

    def ready_at(self, rows: np.ndarray) -> np.ndarray:
        """When the nodes of rows are ready, as these rows plan it; where they never are, when the rows end."""
        return self.agenda.times[rows, self._ready_step[self.agenda.program[rows]]]

    def up_step(self, rows: np.ndarray) -> np.ndarray:
        """The step at which rows bring their nodes up on the version they stay on; -1 where they do not."""
        return self._up_step[self.agenda.program[rows]]

    def next_boot(self, nodes: np.ndarray, since: np.ndarray) -> np.ndarray:
        """When each node is up again after the first reboot that is planned for it after a time; NEVER if none is."""
        agenda, up = self.agenda, np.full(self.layout.nodes, NEVER)
        after = np.full(self.layout.nodes, NEVER)
        after[nodes] = since
        finite = since[np.isfinite(since)]
        rows = agenda.chain(nodes, float(finite.min())) if finite.size else np.zeros(0, int)
        rows = rows[rows > 0]
        ordered = np.where(agenda.states[rows] == State.REBOOTING, agenda.times[rows], NEVER).min(axis=1)
        step = self._up_step[agenda.program[rows]]
        comes = (step >= 0) & np.isfinite(ordered) & (ordered > after[agenda.entity[rows]])
        rows, step = rows[comes], step[comes]
        happens = agenda.times[rows, step] <= agenda.until[rows]
        np.minimum.at(up, agenda.entity[rows[happens]], agenda.times[rows[happens], step[happens]])
        return up[nodes]

    def installing(self, nodes: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The installation that each node has begun and not booted into at a time (its number, -1: none), and when the
        node will be ready on its version (NEVER: it will not)."""
        agenda = self.agenda
        rows = agenda.row_at(nodes, at)
        begun = np.isin(agenda.state_at(nodes, at), (State.UPDATING, State.PENDING_REBOOT))
        waits = ~self.succeeds[agenda.program[rows]]
        boots = np.where(waits, agenda.row_after(nodes, at), rows)  # the reboot is a row of its own where nodes wait
        ready = begun & self.succeeds[agenda.program[boots]] & (agenda.until[boots] >= agenda.ends[boots])
        ready &= agenda.new[boots] == agenda.new[rows]
        return np.where(begun, agenda.owner[rows], -1), np.where(ready, self.ready_at(boots), NEVER)

    def runs_since(self, version: int, nodes: np.ndarray, horizon: float) -> np.ndarray:
        """When each node was first ready on a version, by whatever way it came there; NEVER where it was not."""
        agenda = self.agenda
        rows = np.flatnonzero(self.succeeds[agenda.program] & (agenda.new == version))
        ready = self.ready_at(rows)
        there = ready <= np.minimum(agenda.until[rows], horizon)
        found = np.full(self.layout.nodes, NEVER)
        np.minimum.at(found, agenda.entity[rows[there]], ready[there])
        return found[nodes]
