"""What people can do about a condition: pause, revert, roll back, reboot, replace, go there, break the glass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator import facts
from simulator.components import ActiveCondition
from simulator.kernel import NEVER, Station
from simulator.nodes.machines import Priority
from simulator.run.carriers import EngineCarrier, SystemCarrier
from simulator.run.effects import Effects
from simulator.run.suspects import clusters_of, hit_nodes, suspects, version_of
from simulator.run.world import Drift, World
from simulator.scenario.operations import Expression, Remedy

#: Owner numbers of the rows that remedies plan: on the orders of people, or of a gate.
BY_PEOPLE, BY_GATE = -1000, -1001


#: What is done past Git, as the journal calls it.
PAST_GIT = GLASS_BROKEN, ROLLED_BACK_IN_ENGINE = "glass broken", "rolled back in the engine"

#: What is done in one place for all clusters, and carried to them by others.
_FROM_ONE_PLACE = ("pause", "revert")


@dataclass(frozen=True)
class Job:
    """A remedy at work: against what, from when on, and where."""

    remedy: Remedy
    condition: ActiveCondition
    at: float
    nodes: np.ndarray
    clusters: np.ndarray


class Remedies:
    """The levers of one world. A lever that is pulled returns when it will have ended, as planned then."""

    def __init__(self, world: World, effects: Effects) -> None:
        self.world, self.effects = world, effects

    # --- looking -----------------------------------------------------------------------------------------------

    def biting(self, at: float, expr: Expression) -> list[ActiveCondition]:
        """Conditions at work at a time that make an alert's expression true, the one that hits most nodes first."""
        return suspects(self.world, expr, at)

    def refuses(self, remedy: Remedy, condition: ActiveCondition) -> str:
        """Why something does not let people take a remedy; '' where nothing does."""
        if remedy.action != "app-rollback":
            return ""
        carrier = self.world.carriers.get(condition.number)
        if not isinstance(carrier, EngineCarrier) or not carrier.deliveries:
            return "no application of a GitOps engine has brought it"
        return carrier.engine.refuses_rollback(carrier.deliveries[0].carrier)

    def ready_from(self, remedy: Remedy, condition: ActiveCondition, at: float) -> tuple[float, str]:
        """When the prerequisites are up in the first cluster it has to act in, and what is waited for."""
        clusters = clusters_of(self.world, condition, at)
        if not len(clusters):
            return at, ""
        times, waited = self._ready(remedy, clusters, at)
        first = int(np.argmin(times))
        return float(times[first]), waited[first]

    def _ready(self, remedy: Remedy, clusters: np.ndarray, at: float) -> tuple[np.ndarray, list[str]]:
        times, waited = self.world.components.up_from(remedy.requires, clusters, np.full(len(clusters), at))
        return times, [remedy.requires[w] if w >= 0 else "" for w in waited]

    # --- pulling -----------------------------------------------------------------------------------------------

    def pull(self, remedy: Remedy, condition: ActiveCondition, at: float) -> tuple[float, str]:
        """Start a remedy wherever its prerequisites are up. Returns when it will have ended there, and what the other
        clusters that need it wait for ('' when there are none)."""
        clusters = clusters_of(self.world, condition, at)
        times, waits = self._ready(remedy, clusters, at)
        late = np.flatnonzero(times > at)
        if remedy.action in _FROM_ONE_PLACE:
            late = late[:0]
        nodes = hit_nodes(self.world, condition, at)
        left = np.isin(self.world.layout.cluster[nodes], clusters[late])
        job = Job(remedy, condition, at, nodes[~left], np.delete(clusters, late))
        ends = {
            "pause": self._pause,
            "revert": self._revert,
            "rollback": self._rollback,
            "reboot": self._reboot,
            "replace": self._replace,
            "restore": self._restore,
            "hands": self._hands,
            "break-glass": self._break_glass,
            "app-rollback": self._app_rollback,
        }[remedy.action](job)
        self.world.changed()
        return ends, waits[late[0]] if late.size else ""

    def _lasts(self, remedy: Remedy, fact: str, who: np.ndarray) -> np.ndarray:
        value = remedy.duration if remedy.duration is not None else facts.get(fact).seconds
        return self.world.keyed.draw(value, f"remedy.{remedy.name}", who, int(self.world.env.now))

    def _stop_rollout(self, condition: ActiveCondition, why: str) -> None:
        rollout = self.world.rollouts.get(condition.number)
        if rollout is not None:
            rollout.abort(why)

    def _pause(self, job: Job) -> float:
        self._stop_rollout(job.condition, "paused by the person on call")
        return job.at

    def _revert(self, job: Job) -> float:
        self._stop_rollout(job.condition, "reverted")
        merged = job.at + float(self._lasts(job.remedy, "remedy.revert_duration", np.zeros(1, int))[0])
        if job.condition.number >= 0:
            return self.take_back(job.condition.number, merged)
        self._clear_everywhere(job.condition, merged)  # a fault travelled by nothing: what undoes it acts where it is
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
            version = world.nodes.version(world.changes[number].brings)
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
            condition.clear_clusters(delivery.clusters[index], times)
            when = world.layout.times_of(nodes, delivery.clusters[index], times)
            reached = self.effects.reachable_from(nodes, when)
            off = self.effects.undo(carrier.change, number, nodes, reached)
            self.effects.clear(condition, nodes, off)
            ends[0][delivery.clusters[index]], ends[1][nodes] = times, off

        delivery.moved = arrive
        arrive(np.arange(len(clusters)), delivery.applied)
        world.tell_of("revert applied", name, lambda: delivery.applied)
        world.changed(clusters)
        return float(delivery.applied.max(initial=merged))

    def _roll(
        self, condition: ActiveCondition | None, name: str, nodes: np.ndarray, at: np.ndarray, by: int = BY_PEOPLE
    ) -> float:
        """Nodes boot the version before, if it is the version's fault."""
        if not len(nodes):
            return float(np.max(at, initial=self.world.env.now))
        if condition is None or version_of(self.world, condition) >= 0:
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

    def _rollback(self, job: Job) -> float:
        self._stop_rollout(job.condition, "rolled back")
        able, served = self._with_a_previous(job), self._served(job, "remedy.rollback_duration")
        return self._roll(job.condition, job.condition.name, job.nodes[able], served[able])

    def _with_a_previous(self, job: Job) -> np.ndarray:
        """Nodes whose system keeps the version before (bool); the others can't be rolled back."""
        able = np.ones(len(job.nodes), bool)
        for system, _, index in self.world.nodes.system_of(job.nodes):
            able[index] = system.keeps_previous
        if not able.all():
            self.world.tell(
                job.at,
                "no way back",
                job.condition.name,
                count=int((~able).sum()),
                cause=job.condition.name,
                note="the operating system keeps no earlier version to boot",
            )
        return able

    def _served(self, job: Job, fact: str) -> np.ndarray:
        """When each node has been seen to: one order for all of them, unless a rate or hands limit it."""
        remedy = job.remedy
        if remedy.rate is None and remedy.parallel == 1 and remedy.action in ("rollback", "reboot"):
            return np.full(len(job.nodes), job.at + float(self._lasts(remedy, fact, np.zeros(1, int))[0]))
        station = Station(remedy.parallel, remedy.rate)
        return station.serve(np.full(len(job.nodes), job.at), self._lasts(remedy, fact, job.nodes))[1]

    def _reboot(self, job: Job) -> float:
        ordered = self._served(job, "remedy.reboot_duration")
        up = self.world.nodes.reboot(job.nodes, ordered, BY_PEOPLE, Priority.REMEDY)
        job.condition.clear_nodes(job.nodes, up)
        self._clear_clusters_of(job.condition, job.nodes, up)
        return _last(up)

    def _replace(self, job: Job) -> float:
        self._stop_rollout(job.condition, "nodes are replaced")
        ready = self._served(job, "remedy.replace_duration")
        version = (
            self.world.nodes.previous_version(job.nodes, job.at)
            if version_of(self.world, job.condition) >= 0
            else self.world.nodes.versions_at(job.nodes, job.at)[0]
        )
        started = np.maximum(job.at, ready - self._lasts(job.remedy, "remedy.replace_duration", job.nodes))
        up = self.world.nodes.replace(job.nodes, started, ready - started, version, BY_PEOPLE)
        for drift in self.world.drifts:
            drift.ends_on(job.nodes, up)
        job.condition.clear_nodes(job.nodes, up)
        self._clear_clusters_of(job.condition, job.nodes, up)
        return _last(up)

    def _hands(self, job: Job) -> float:
        """Somebody at each machine, one after the other: boots what last worked."""
        self._stop_rollout(job.condition, "machines are repaired by hand")
        return self._roll(job.condition, job.condition.name, job.nodes, self._served(job, "remedy.hands_duration"))

    def _restore(self, job: Job) -> float:
        """Cluster after cluster from its backup."""
        lasts = self._lasts(job.remedy, "remedy.restore_duration", job.clusters)
        done = Station(job.remedy.parallel, job.remedy.rate).serve(np.full(len(job.clusters), job.at), lasts)[1]
        when = self.world.layout.times_of(job.nodes, job.clusters, done)
        job.condition.clear_clusters(job.clusters, done)
        self.effects.clear(job.condition, job.nodes, self.effects.reachable_from(job.nodes, when))
        return float(done.max(initial=job.at))

    def _break_glass(self, job: Job) -> float:
        """Past Git, straight into every cluster that is hit, with its reconciliation suspended."""
        self._stop_rollout(job.condition, "break-glass")
        return self._past_git(job, GLASS_BROKEN)

    def _app_rollback(self, job: Job) -> float:
        """The engine applies the revision before, while Git keeps the one that is bad."""
        self._stop_rollout(job.condition, "rolled back in the engine")
        return self._past_git(job, ROLLED_BACK_IN_ENGINE)

    def _past_git(self, job: Job, what: str) -> float:
        """Ends what a revert would end, and leaves drift."""
        done = job.at + self._lasts(job.remedy, "remedy.revert_duration", np.zeros(1, int))[0]
        job.condition.clear_clusters(job.clusters, done)
        self.effects.clear(
            job.condition, job.nodes, self.effects.reachable_from(job.nodes, np.full(len(job.nodes), done))
        )
        count = len(job.clusters)
        self.world.drifts.append(
            Drift(
                job.condition.name,
                job.clusters,
                self.world.layout.cluster_sizes[job.clusters],
                np.full(count, done),
                np.full(count, NEVER),
            )
        )
        self.world.tell(done, what, job.condition.name, count=count, cause=job.condition.name)
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
