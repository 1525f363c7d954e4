"""Updates that somebody outside drives: so many nodes of a pool at a time, in turns."""

from __future__ import annotations

import numpy as np

from simulator.kernel import NEVER
from simulator.nodes.installation import Installation
from simulator.nodes.machines import Machines, Priority
from simulator.nodes.states import SERVING
from simulator.nodes.system import DrivenSystem, Request, Trajectory
from simulator.nodes.waves import number_waves, schedule
from simulator.scenario.base import count_of


class DrivenUpdates:
    """The turns of all installations that are driven.

    unready: asked before a version is brought: which nodes will not report Ready on it.
    """

    def __init__(self, machines: Machines) -> None:
        self.machines, self.layout, self.agenda = machines, machines.layout, machines.agenda

    def begin(self, installation: Installation, system: DrivenSystem, nodes: np.ndarray, start: np.ndarray) -> None:
        """Bring a version to nodes of one pool group."""
        nodes, start = self._refuse_etcd(installation, system, nodes, start)
        self.queue(installation, system, nodes, start)

    def _refuse_etcd(
        self, installation: Installation, system: DrivenSystem, nodes: np.ndarray, start: np.ndarray
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

    def queue(self, installation: Installation, system: DrivenSystem, nodes: np.ndarray, start: np.ndarray) -> None:
        """Somebody takes the nodes of each pool in waves; the next wave waits for the one before. Who is through, or in
        the queue, by then stands in front."""
        if not len(nodes):
            return
        order = np.argsort(nodes)
        nodes, start = nodes[order], start[order]
        block = self.layout.cluster[nodes]
        start = np.maximum(start, self._turns_end(installation.number, nodes, float(start.min())))
        _, pool, sizes = np.unique(block, return_inverse=True, return_counts=True)
        width = np.array([count_of(installation.max_unavailable, int(size)) for size in sizes])
        wave = number_waves(block, width[pool])
        request = self._request(installation, nodes, np.zeros(len(nodes)), block.astype(np.int64) * 100_000 + wave)
        trajectories = system.update(request)
        busy, failed = np.zeros(len(nodes)), np.zeros(len(nodes), bool)
        for t in trajectories:
            busy[t.index] = NEVER if t.program.is_stuck else t.times[:, -1]
            failed[t.index] = not t.program.succeeds
        if system.stops_at_failure():
            busy[failed] = NEVER
        if system.waits_for_ready():  # whoever drives it waits for these nodes in vain
            busy[request.defect.unready] = NEVER
        turn = schedule(block, wave, start, busy)
        for number in np.unique(block[self.machines.free_from(nodes, turn) != turn]):
            mine = np.flatnonzero(block == number)
            turn[mine] = self._turns(nodes[mine], wave[mine], start[mine[0]], busy[mine])
        for t in trajectories:
            self._plan(installation, nodes, Trajectory(t.index, t.program, t.times + turn[t.index, None]))

    def _request(self, installation: Installation, nodes: np.ndarray, start: np.ndarray, wave: np.ndarray) -> Request:
        defect = self.machines.boot_defect(nodes, np.full(len(nodes), installation.version))
        drain = installation.drain(nodes, wave)
        return Request(nodes, start, installation.change, installation.number, defect, drain, wave)

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
                free = self.machines.free_from(nodes[mine], start)
                mine, latest = mine[np.isfinite(free)], free[np.isfinite(free)].max(initial=start)
                if latest == start:
                    break
                start = latest
            turn[mine] = start
            start += busy[mine].max(initial=0.0)
        return turn

    def _plan(self, installation: Installation, nodes: np.ndarray, trajectory: Trajectory) -> None:
        chosen, times = nodes[trajectory.index], trajectory.times
        sure = np.isfinite(times[:, 0])
        if sure.any():
            rows = self.machines.enter(
                chosen[sure],
                trajectory.program,
                times[sure],
                installation.number,
                Priority.ROLLOUT,
                installation.version,
            )
            installation.rows.append(rows)

    def resume(
        self,
        installation: Installation,
        system: DrivenSystem,
        nodes: np.ndarray,
        turn: np.ndarray,
        died: np.ndarray,
        back: np.ndarray,
    ) -> None:
        """Nodes that died at a time have been interrupted, or waited for their turn: who is back by then keeps it, who
        comes back too late goes to the end of the queue."""
        kept = turn >= back
        if kept.any():
            wave = np.arange(int(kept.sum()))
            for t in system.update(self._request(installation, nodes[kept], turn[kept], wave)):
                self._plan(installation, nodes[kept], t)
        self.queue(installation, system, nodes[~kept], died[~kept])
