"""What happens where a change arrives: configuration takes effect, conditions bite, boots are noticed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.components import ActiveCondition
from simulator.kernel import NEVER, Station
from simulator.nodes.machines import Priority
from simulator.nodes.system import ConfigEffect
from simulator.run.world import Drift, World
from simulator.scenario.base import count_of
from simulator.scenario.change import Change


@dataclass
class _Waiting:
    """A condition that waits for boots: those count that come from `since` on and before `until` (by node)."""

    condition: ActiveCondition
    since: np.ndarray
    until: np.ndarray

    def due(self, nodes: np.ndarray, up: np.ndarray) -> np.ndarray:
        return (up >= self.since[nodes]) & (up < self.until[nodes])


class _EndedByBoot:
    """A condition that any boot of its node ends. A boot that is taken back ends nothing."""

    def __init__(self, condition: ActiveCondition) -> None:
        self.condition = condition
        self._ends = np.full(len(condition.nodes), NEVER)  # as planned because of a boot

    def boots(self, nodes: np.ndarray, up: np.ndarray) -> None:
        self.condition.clear_nodes(nodes, up)
        self._ends[nodes] = up

    def taken(self, nodes: np.ndarray, at: np.ndarray) -> None:
        spells = self.condition.on_node
        void = (self._ends[nodes] > at) & (spells.end[nodes] == self._ends[nodes])
        spells.reopen(nodes[void], at[void])


class Effects:
    """The consequences of arrivals and boots in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._bound = self._bound_to_versions()
        self._ended_by_boot = [
            _EndedByBoot(c) for c in world.conditions if c.cleared_by("reboot") and c.on_node is not None
        ]
        self._awaiting: dict[str, _Waiting] = {}
        self._listening = False
        world.nodes.updates.listen(world.components.down, self._forgotten)
        if self._bound or self._ended_by_boot:
            self._listen()

    def _listen(self) -> None:
        """Hear of boots. Only those runs pay for it in which a boot has consequences."""
        if not self._listening:
            self.world.nodes.planned.append(self._boots)
            self.world.nodes.taken.append(self._taken)
            self._listening = True

    def _bound_to_versions(self) -> list[tuple[int, ActiveCondition]]:
        """Defects that come with a version a node runs, with its number: they are there from its boot to the next of
        another version."""
        world = self.world
        return [
            (world.nodes.version(change.brings), world.defect_of[number])
            for number, change in enumerate(world.changes)
            if change.route == "os" and number in world.defect_of
        ]

    # --- boots -------------------------------------------------------------------------------------------------

    def _boots(self, nodes: np.ndarray, up: np.ndarray, version: np.ndarray) -> None:
        version = np.broadcast_to(version, nodes.shape)
        for ended in self._ended_by_boot:
            ended.boots(nodes, up)
        for brought, condition in self._bound:
            comes = version == brought
            if comes.any():
                condition.bite_nodes(nodes[comes], up[comes])
                self._bite_clusters_of(condition, nodes[comes], up[comes])
            condition.clear_nodes(nodes[~comes], up[~comes])
        for waiting in list(self._awaiting.values()):
            due = waiting.due(nodes, up)
            self._bite_at_boot(waiting.condition, nodes[due], up[due])

    def _taken(self, nodes: np.ndarray, at: np.ndarray) -> None:
        for ended in self._ended_by_boot:
            ended.taken(nodes, at)
        for _, condition in self._bound:
            if condition.on_node is not None:
                condition.on_node.retract(nodes, at)

    def _bite_at_boot(self, condition: ActiveCondition, nodes: np.ndarray, up: np.ndarray) -> None:
        condition.bite_nodes(nodes, up)
        dies = condition.nodes[nodes] & bool(condition.machine) & np.isfinite(up)
        if dies.any():
            self.world.nodes.break_down(nodes[dies], up[dies], condition.number)

    def clear(self, condition: ActiveCondition, nodes: np.ndarray, at: np.ndarray) -> None:
        """A condition has ended on nodes, and no boot brings it back."""
        condition.clear_nodes(nodes, at)
        if condition.name in self._awaiting:
            self._awaiting[condition.name].until[nodes] = at

    def _forgotten(self, nodes: np.ndarray, at: np.ndarray, number: int) -> None:
        """An update that waited for its reboot is undone by another that does not build on it."""
        world, change = self.world, self.world.changes[number]
        world.tell(
            float(at.min()),
            "update dropped",
            change.name,
            until=float(at.max()),
            count=len(nodes),
            cause=change.name,
            note="another one was installed before the reboot, from the running root",
        )
        world.drifts.append(
            Drift(
                change.name,
                world.layout.cluster[nodes],
                np.ones(len(nodes), int),
                at,
                np.full(len(nodes), NEVER),
                nodes,
            )
        )

    def _bite_clusters_of(self, condition: ActiveCondition, nodes: np.ndarray, at: np.ndarray) -> None:
        """A version that impairs a component of the cluster does so from its first node on."""
        if condition.on_cluster is not None or condition.on_all is not None:
            hit = condition.nodes[nodes]
            clusters, first = _earliest(self.world.layout.cluster[nodes[hit]], at[hit])
            condition.bite_clusters(clusters, first)

    # --- configuration -----------------------------------------------------------------------------------------

    def reaches_nodes(self, change: Change, number: int) -> bool:
        """Whether a configuration does anything on nodes that has to be followed."""
        condition = self.world.defect_of.get(number)
        touches = condition is not None and (condition.on_node is not None or condition.machine)
        return touches or change.reboot or change.apply_mode != "auto" or change.file is not None

    def arrive(
        self,
        change: Change,
        number: int,
        nodes: np.ndarray,
        clusters: np.ndarray,
        at: np.ndarray,
        max_unavailable: int | float | None,
    ) -> None:
        """A configuration is applied in clusters at times; `nodes` are those of them that are meant."""
        world = self.world
        condition = world.defect_of.get(number)
        if condition is not None:
            condition.bite_clusters(clusters, at)
        if self.reaches_nodes(change, number):
            when = world.layout.times_of(nodes, clusters, at)
            self.arrive_on_nodes(change, number, nodes, when, max_unavailable)
        world.changed(clusters)

    def arrive_on_nodes(
        self, change: Change, number: int, nodes: np.ndarray, at: np.ndarray, max_unavailable: int | float | None
    ) -> None:
        """A configuration, or an edit by hand, comes to nodes at times."""
        world = self.world
        condition = world.defect_of.get(number)
        sure = np.isfinite(at)
        nodes, at = nodes[sure], self.reachable_from(nodes[sure], at[sure])
        for system, _, index in world.nodes.system_of(nodes):
            chosen, begin = nodes[index], at[index]
            edited = change.route == "hand" and change.file is not None
            effect = ConfigEffect.at_once(begin) if edited else system.config(chosen, begin, change)
            when = effect.effect.copy()
            if effect.note:
                world.tell(
                    float(np.min(begin)),
                    "machine config",
                    change.name,
                    count=len(chosen),
                    cause=change.name,
                    until=float(np.max(begin[np.isfinite(begin)], initial=0.0)),
                    note=effect.note,
                )
            refused = effect.refused & np.isfinite(begin)
            if refused.any():
                mask = world.refusals.setdefault(number, np.zeros(world.layout.nodes, bool))
                mask[chosen[refused]] = True
            if effect.reboots.any():
                when[effect.reboots] = self._reboot_for(
                    number, chosen[effect.reboots], when[effect.reboots], max_unavailable
                )
            ends = np.minimum(effect.ends, self._lost_edits(system, change, chosen, when))
            if condition is None:
                continue
            at_boot = effect.at_boot.any() or (condition.say.clock.on == "boot" and not change.reboot)
            if not at_boot:
                dead = self._kill(condition, number, chosen, when)
                condition.bite_nodes(chosen[~dead], when[~dead])
            expires = np.isfinite(ends)
            if expires.any():
                condition.clear_nodes(chosen[expires], ends[expires])
            if at_boot:
                self._await(condition, chosen, begin)

    def reachable_from(self, nodes: np.ndarray, at: np.ndarray) -> np.ndarray:
        """When what was applied in a cluster gets to its nodes: they must run and their network must be up."""
        at = self.world.nodes.running_from(nodes, at)
        return self.world.nodes_impaired(component="network").over_from(nodes, at)

    def _await(self, condition: ActiveCondition, nodes: np.ndarray, since: np.ndarray) -> None:
        """A condition waits on nodes for their next boot; some of these boots have been planned before."""
        everywhere = self.world.layout.nodes
        waiting = self._awaiting.setdefault(
            condition.name, _Waiting(condition, np.full(everywhere, NEVER), np.full(everywhere, NEVER))
        )
        waiting.since[nodes], waiting.until[nodes] = since, NEVER
        self._listen()
        self._bite_at_boot(condition, nodes, self.world.nodes.next_boot(nodes, since))

    def _reboot_for(
        self, number: int, nodes: np.ndarray, at: np.ndarray, max_unavailable: int | float | None
    ) -> np.ndarray:
        """Reboot nodes for a configuration, all at once or so many of a pool; returns when each is up."""
        world, sure = self.world, np.flatnonzero(np.isfinite(at))
        if max_unavailable is not None and sure.size:
            block = world.layout.cluster[nodes].astype(np.int64) * len(world.layout.groups) + world.layout.pool[nodes]
            sure = sure[np.argsort(block[sure], kind="stable")]
            at, lasts = at.copy(), world.nodes.usual_reboot(nodes)
            for mine in np.split(sure, np.flatnonzero(np.diff(block[sure])) + 1):
                at[mine] = Station(count_of(max_unavailable, len(mine))).serve(at[mine], lasts[mine])[0]
        return world.nodes.reboot(nodes, at, number, Priority.ROLLOUT)

    def undo(self, change: Change, number: int, nodes: np.ndarray, at: np.ndarray) -> np.ndarray:
        """A revert reaches nodes: what it overtakes never happens. Returns when the configuration is off each."""
        world, agenda = self.world, self.world.nodes.agenda
        rows = agenda.row_of[nodes]
        overtaken = np.zeros(world.layout.nodes, bool)
        overtaken[nodes[(agenda.owner[rows] == number) & (agenda.begins[rows] >= at)]] = True
        world.nodes.cut(number, world.env.now, overtaken)
        if not change.reboot:
            return at
        # What took a reboot to be there takes one to go.
        back, there = at.copy(), agenda.owner[agenda.row_at(nodes, at)] == number
        there &= np.isfinite(at)
        back[there] = self._reboot_for(number, nodes[there], at[there], change.rollout.stages[-1].max_unavailable)
        return back

    def _lost_edits(self, system, change: Change, nodes: np.ndarray, at: np.ndarray) -> np.ndarray:
        """When an edit below /etc is lost again: at the boot into a snapshot that was written before it."""
        world, lost_at = self.world, np.full(len(nodes), NEVER)
        if change.file is None or not len(nodes):
            return lost_at
        sure = np.flatnonzero(np.isfinite(at))
        number, ready = world.nodes.installing(nodes[sure], at[sure])
        for k in np.flatnonzero(number >= 0):
            if system.edit_is_lost(change.file, world.changes[number[k]].touches):
                lost_at[sure[k]] = ready[k]
        gone = np.flatnonzero(np.isfinite(lost_at))
        if gone.size:
            world.tell(
                float(lost_at[gone].min()),
                "edit lost",
                change.name,
                until=float(lost_at[gone].max()),
                count=len(gone),
                cause=change.name,
                note=f"{change.file} as the new snapshot has it",
            )
            world.drifts.append(
                Drift(
                    change.name,
                    world.layout.cluster[nodes[gone]],
                    np.ones(len(gone), int),
                    lost_at[gone],
                    np.full(len(gone), NEVER),
                    nodes[gone],
                )
            )
        return lost_at

    def _kill(self, condition: ActiveCondition, number: int, nodes: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Machines that a configuration stops when it takes effect. Returns which."""
        dies = condition.nodes[nodes] & bool(condition.machine) & np.isfinite(at)
        if dies.any():
            self.world.nodes.break_down(nodes[dies], at[dies] + condition.delay(nodes[dies]), number)
        return dies


def _earliest(groups: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The groups that occur, and the earliest time of each."""
    order = np.lexsort((at, groups))
    groups, at = groups[order], at[order]
    first = np.ones(len(groups), bool)
    first[1:] = groups[1:] != groups[:-1]
    return groups[first], at[first]
