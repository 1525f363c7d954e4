"""What people can do about a condition: pause, revert, roll back, reboot, replace, go there, break the glass."""

from __future__ import annotations

import numpy as np

from simulator import facts
from simulator.components import ActiveCondition
from simulator.kernel import NEVER, Station
from simulator.nodes.machines import Priority
from simulator.nodes.states import State
from simulator.run.carriers import EngineCarrier, SystemCarrier
from simulator.run.effects import Effects
from simulator.run.world import Drift, World
from simulator.scenario.operations import Remedy

#: Owner numbers of the rows that remedies plan: on the orders of people, or of a gate.
BY_PEOPLE, BY_GATE = -1000, -1001


class Remedies:
    """The levers of one world. A lever that is pulled returns when it will have ended, as planned then."""

    def __init__(self, world: World, effects: Effects) -> None:
        self.world, self.effects = world, effects

    # --- looking -----------------------------------------------------------------------------------------------

    def biting(self, at: float) -> list[ActiveCondition]:
        """Conditions at work at a time, the one that hits most nodes first."""
        weighed = [(self._weight(c, at), -k, c) for k, c in enumerate(self.world.conditions)]
        return [c for weight, _, c in sorted(weighed, key=lambda w: w[:2], reverse=True) if weight > 0]

    def _weight(self, condition: ActiveCondition, at: float) -> int:
        sizes = self.world.layout.cluster_sizes
        return len(self.hit_nodes(condition, at)) + int(sizes[self._hit_clusters(condition, at)].sum())

    def hit_nodes(self, condition: ActiveCondition, at: float) -> np.ndarray:
        """Nodes that are out of order because of a condition at a time."""
        hit = np.zeros(self.world.layout.nodes, bool)
        if condition.on_node is not None:
            grip = condition.grip_on_nodes()
            hit[grip.entity[(grip.begin <= at) & (grip.end > at)]] = True
        if condition.machine:
            agenda = self.world.nodes.agenda
            everyone = np.arange(self.world.layout.nodes)
            rows, version = agenda.row_at(everyone, at), self._version(condition)
            dead = np.isin(agenda.state_at(everyone, at), (State.FAILED, State.NOT_READY))
            booted = agenda.step_at(rows, at) > 0  # it died of what it booted, whoever made it boot
            if version >= 0:
                dead &= booted & condition.nodes & (self.world.nodes.versions_at(everyone, at)[1] == version)
            else:
                dead &= ~booted & (agenda.owner[rows] == condition.number)
            hit |= dead
        return np.flatnonzero(hit)

    def _version(self, condition: ActiveCondition) -> int:
        """The version that brings the condition; -1 when none does."""
        if condition.number < 0:
            return -1
        change = self.world.changes[condition.number]
        return self.world.nodes.version(change.version or change.name) if change.route == "os" else -1

    def _hit_clusters(self, condition: ActiveCondition, at: float) -> np.ndarray:
        grip = condition.grip_on_clusters(np.ones(self.world.layout.clusters, bool))
        return np.unique(grip.entity[(grip.begin <= at) & (grip.end > at)])

    def _where(self, condition: ActiveCondition, at: float) -> np.ndarray:
        """The clusters in which a remedy has to act."""
        of_nodes = self.world.layout.cluster[self.hit_nodes(condition, at)]
        return np.union1d(of_nodes, self._hit_clusters(condition, at)).astype(int)

    def ready_from(self, remedy: Remedy, condition: ActiveCondition, at: float) -> tuple[float, str]:
        """When the prerequisites are up in every cluster it has to act in, and what is waited for."""
        clusters = self._where(condition, at)
        times, waited = self.world.components.up_from(remedy.requires, clusters, np.full(len(clusters), at))
        if not len(clusters):
            return at, ""
        last = int(np.argmax(times))
        return float(times[last]), remedy.requires[waited[last]] if waited[last] >= 0 else ""

    # --- pulling -----------------------------------------------------------------------------------------------

    def pull(self, remedy: Remedy, condition: ActiveCondition, at: float) -> float:
        """Start a remedy."""
        lever = {
            "pause": self._pause,
            "revert": self._revert,
            "rollback": self._rollback,
            "reboot": self._reboot,
            "replace": self._replace,
            "restore": self._restore,
            "hands": self._hands,
            "break-glass": self._break_glass,
        }[remedy.action]
        ends = lever(remedy, condition, at)
        self.world.changed()
        return ends

    def _lasts(self, remedy: Remedy, fact: str, who: np.ndarray) -> np.ndarray:
        value = remedy.duration if remedy.duration is not None else facts.get(fact).seconds
        return self.world.keyed.draw(value, f"remedy.{remedy.name}", who, int(self.world.env.now))

    def _stop_rollout(self, condition: ActiveCondition, why: str) -> None:
        rollout = self.world.rollouts.get(condition.number)
        if rollout is not None:
            rollout.abort(why)

    def _pause(self, remedy: Remedy, condition: ActiveCondition, at: float) -> float:
        self._stop_rollout(condition, "paused by the person on call")
        return at

    def _revert(self, remedy: Remedy, condition: ActiveCondition, at: float) -> float:
        self._stop_rollout(condition, "reverted")
        merged = at + float(self._lasts(remedy, "remedy.revert_duration", np.zeros(1, int))[0])
        if condition.number >= 0:
            return self.take_back(condition.number, merged)
        self._clear_everywhere(condition, merged)  # a fault travelled by nothing: what undoes it acts where it is
        return merged

    def _clear_everywhere(self, condition: ActiveCondition, at: float) -> None:
        condition.clear_clusters(np.arange(self.world.layout.clusters), at)
        everyone = np.arange(self.world.layout.nodes)
        self.effects.clear(condition, everyone, self.effects.reachable_from(everyone, np.full(len(everyone), at)))

    def take_back(self, number: int, merged: float | None = None, by: int = BY_PEOPLE) -> float:
        """Take a change back the way it came, with a commit that is merged at a time (default: now)."""
        world, carrier = self.world, self.world.carriers[number]
        merged = world.env.now if merged is None else merged
        if isinstance(carrier, EngineCarrier):
            return self._commit_revert(carrier, number, merged)
        condition = world.defect_of.get(number)
        if isinstance(carrier, SystemCarrier):  # an OS image is taken back by booting the version before
            version = world.nodes.version(world.changes[number].version or world.changes[number].name)
            nodes = np.flatnonzero(world.nodes.versions_at(np.arange(world.layout.nodes), merged)[1] == version)
            return self._roll(condition, world.changes[number].name, nodes, np.full(len(nodes), merged), by)
        if condition is not None:  # a hand edit is taken back by hand
            self._clear_everywhere(condition, merged)
        for drift in world.drifts:
            if drift.cause == world.changes[number].name:
                drift.end[:] = np.minimum(drift.end, np.maximum(drift.begin, merged))
        return merged

    def _commit_revert(self, carrier: EngineCarrier, number: int, merged: float) -> float:
        """A revert commit; the engine brings it to every cluster that may have the change."""
        world, condition, name = self.world, self.world.defect_of.get(number), carrier.change.name
        clusters = np.unique(np.concatenate([d.clusters[np.isfinite(d.committed)] for d in carrier.deliveries]))
        world.tell(merged, "revert merged", name, count=len(clusters), cause=name)
        delivery = carrier.engine.deliver(number, carrier.change.via, clusters, np.full(len(clusters), merged))

        ends = np.full(world.layout.clusters, NEVER), np.full(world.layout.nodes, NEVER)  # as planned for the revert

        def arrive(index: np.ndarray, times: np.ndarray) -> None:
            if condition is None:
                return
            nodes = np.flatnonzero(carrier.meant & np.isin(world.layout.cluster, delivery.clusters[index]))
            for spells, who, end in (
                (condition.on_cluster, delivery.clusters[index], ends[0]),
                (condition.on_node, nodes, ends[1]),
            ):
                if spells is not None:  # the end that was planned for an earlier arrival is void
                    mine = who[np.isfinite(end[who])]
                    spells.reopen(mine[spells.end[mine] == end[mine]], world.env.now)
            when = np.full(world.layout.clusters, NEVER)
            when[delivery.clusters[index]] = times
            condition.clear_clusters(delivery.clusters[index], times)
            reached = self.effects.reachable_from(nodes, when[world.layout.cluster[nodes]])
            off = self.effects.undo(carrier.change, number, nodes, reached)
            self.effects.clear(condition, nodes, off)
            ends[0][delivery.clusters[index]], ends[1][nodes] = times, off

        delivery.moved = arrive
        arrive(np.arange(len(clusters)), delivery.applied)
        applied = delivery.applied[np.isfinite(delivery.applied)]
        if applied.size:
            world.tell(
                float(applied.min()), "revert applied", name, until=float(applied.max()), count=len(applied), cause=name
            )
        world.changed(clusters)
        return float(delivery.applied.max(initial=merged))

    def _roll(
        self, condition: ActiveCondition | None, name: str, nodes: np.ndarray, at: np.ndarray, by: int = BY_PEOPLE
    ) -> float:
        """Nodes boot the version before, if it is the version's fault."""
        if not len(nodes):
            return float(np.max(at, initial=self.world.env.now))
        if condition is None or self._version(condition) >= 0:
            up = self.world.nodes.rollback(nodes, at, by)
        else:  # the version is not to blame
            up = self.world.nodes.reboot(nodes, at, by, Priority.REMEDY)
        if condition is not None:
            condition.clear_nodes(nodes, up)
            self._clear_clusters_of(condition, nodes, up)
        self.world.tell(
            float(at.min()),
            "rolled back by hand" if by == BY_PEOPLE else "rolled back by the gate",
            name,
            until=float(at.max()),
            count=len(nodes),
            cause=name,
        )
        self.world.changed(np.unique(self.world.layout.cluster[nodes]))
        return _last(up)

    def _rollback(self, remedy: Remedy, condition: ActiveCondition, at: float) -> float:
        self._stop_rollout(condition, "rolled back")
        nodes = self.hit_nodes(condition, at)
        return self._roll(condition, condition.name, nodes, self._served(remedy, "remedy.rollback_duration", nodes, at))

    def _served(self, remedy: Remedy, fact: str, nodes: np.ndarray, at: float) -> np.ndarray:
        """When each node has been seen to: one order for all of them, unless a rate or hands limit it."""
        if remedy.rate is None and remedy.parallel == 1 and remedy.action in ("rollback", "reboot"):
            return np.full(len(nodes), at + float(self._lasts(remedy, fact, np.zeros(1, int))[0]))
        station = Station(remedy.parallel, remedy.rate)
        return station.serve(np.full(len(nodes), at), self._lasts(remedy, fact, nodes))[1]

    def _reboot(self, remedy: Remedy, condition: ActiveCondition, at: float) -> float:
        nodes = self.hit_nodes(condition, at)
        ordered = self._served(remedy, "remedy.reboot_duration", nodes, at)
        up = self.world.nodes.reboot(nodes, ordered, BY_PEOPLE, Priority.REMEDY)
        condition.clear_nodes(nodes, up)
        self._clear_clusters_of(condition, nodes, up)
        return _last(up)

    def _replace(self, remedy: Remedy, condition: ActiveCondition, at: float) -> float:
        self._stop_rollout(condition, "nodes are replaced")
        nodes = self.hit_nodes(condition, at)
        ready = self._served(remedy, "remedy.replace_duration", nodes, at)
        version = (
            self.world.nodes.previous_version(nodes, at)
            if self._version(condition) >= 0
            else self.world.nodes.versions_at(nodes, at)[0]
        )
        started = np.maximum(at, ready - self._lasts(remedy, "remedy.replace_duration", nodes))
        up = self.world.nodes.replace(nodes, started, ready - started, version, BY_PEOPLE)
        condition.clear_nodes(nodes, up)
        self._clear_clusters_of(condition, nodes, up)
        return _last(up)

    def _hands(self, remedy: Remedy, condition: ActiveCondition, at: float) -> float:
        """Somebody at each machine, one after the other: boots what last worked."""
        self._stop_rollout(condition, "machines are repaired by hand")
        nodes = self.hit_nodes(condition, at)
        return self._roll(condition, condition.name, nodes, self._served(remedy, "remedy.hands_duration", nodes, at))

    def _restore(self, remedy: Remedy, condition: ActiveCondition, at: float) -> float:
        """Cluster after cluster from its backup."""
        clusters = self._where(condition, at)
        lasts = self._lasts(remedy, "remedy.restore_duration", clusters)
        done = Station(remedy.parallel, remedy.rate).serve(np.full(len(clusters), at), lasts)[1]
        when = np.full(self.world.layout.clusters, NEVER)
        when[clusters] = done
        nodes = self.hit_nodes(condition, at)
        condition.clear_clusters(clusters, done)
        self.effects.clear(condition, nodes, self.effects.reachable_from(nodes, when[self.world.layout.cluster[nodes]]))
        return float(done.max(initial=at))

    def _break_glass(self, remedy: Remedy, condition: ActiveCondition, at: float) -> float:
        """Past Git, straight into every cluster that is hit, with its reconciliation suspended: ends what a revert
        would end, and leaves drift."""
        self._stop_rollout(condition, "break-glass")
        clusters = self._where(condition, at)
        done = at + self._lasts(remedy, "remedy.revert_duration", np.zeros(1, int))[0]
        nodes = self.hit_nodes(condition, at)
        condition.clear_clusters(clusters, done)
        self.effects.clear(condition, nodes, self.effects.reachable_from(nodes, np.full(len(nodes), done)))
        count = len(clusters)
        self.world.drifts.append(
            Drift(
                condition.name,
                clusters,
                self.world.layout.cluster_sizes[clusters],
                np.full(count, done),
                np.full(count, NEVER),
            )
        )
        self.world.tell(done, "glass broken", condition.name, count=len(clusters), cause=condition.name)
        return float(done)

    def _clear_clusters_of(self, condition: ActiveCondition, nodes: np.ndarray, up: np.ndarray) -> None:
        """What a node's version does to its cluster ends with the last node that ran it."""
        if condition.on_cluster is None and condition.on_all is None:
            return
        last = np.full(self.world.layout.clusters, -1.0)
        np.maximum.at(last, self.world.layout.cluster[nodes], up)
        clusters = np.flatnonzero(last >= 0)
        condition.clear_clusters(clusters, last[clusters])


def _last(times: np.ndarray) -> float:
    """The last finite time."""
    finite = times[np.isfinite(times)]
    return float(finite.max()) if finite.size else NEVER
