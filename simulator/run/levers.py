"""What people can do about a condition: stop it, take it back, repair, replace, or cut off what it hits."""

from __future__ import annotations

import numpy as np

from simulator.components import ActiveCondition
from simulator.gitops import Delivery
from simulator.kernel import NEVER, Station
from simulator.nodes.machines import Priority
from simulator.operations import Pulled
from simulator.run.carriers import EngineCarrier, SystemCarrier
from simulator.run.effects import Effects
from simulator.run.job import Job, lasts, stop_rollout
from simulator.run.overload import Overload
from simulator.run.past_git import PastGit
from simulator.run.planned_ends import PlannedEnds
from simulator.run.quotas import QuotaLeft
from simulator.run.suspects import clusters_of, hit_nodes, suspects, takes_down, version_of
from simulator.run.world import World
from simulator.scenario.operations import FROM_ONE_PLACE, Expression, Remedy

#: Owner numbers of the rows that remedies plan: on the orders of people, or of a gate.
BY_PEOPLE, BY_GATE = -1000, -1001


#: What acts on single nodes.
_ON_NODES = ("rollback", "reboot", "replace", "hands")
#: What acts on clusters as a whole, not on the nodes of them that are hit.
_ON_CLUSTERS = ("restore", "break-glass", "app-rollback", "isolate")


class Remedies:
    """The levers of one world. A lever that is pulled returns when it will have ended, as planned then."""

    def __init__(self, world: World, effects: Effects) -> None:
        self.world, self.effects = world, effects
        self._quotas: dict[str, QuotaLeft] = {}
        self._reverts: dict[int, Delivery] = {}
        self.past_git = PastGit(world, effects, self._reverts)

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
        _, clusters = self._first_tier(remedy, condition, at)
        if not len(clusters):
            return at, ""
        times, waited = self._ready(remedy, clusters, at)
        first = int(np.argmin(times))
        quota = self._quota(remedy)
        if quota is not None and (more := quota.ready_from(at)) > times[first]:
            return more, "quota"
        return float(times[first]), waited[first]

    def _ready(self, remedy: Remedy, clusters: np.ndarray, at: float) -> tuple[np.ndarray, list[str]]:
        times, waited = self.world.components.up_from(remedy.requires, clusters, np.full(len(clusters), at))
        return times, [remedy.requires[w] if w >= 0 else "" for w in waited]

    def others_hit(self, remedy: Remedy, condition: ActiveCondition, nodes: np.ndarray, at: float) -> bool:
        """Whether a remedy that acts on single nodes has others to act on than these."""
        if remedy.action not in _ON_NODES:
            return False
        return bool(np.setdiff1d(hit_nodes(self.world, condition, at), nodes).size)

    def circular(self, condition: ActiveCondition, component: str, at: float) -> bool:
        """Whether a component that is waited for is down because of the very condition that would be cleared."""
        return takes_down(self.world, condition, component, clusters_of(self.world, condition, at), at)

    def back_from(self, remedy: Remedy, condition: ActiveCondition, pulled: Pulled, at: float) -> float:
        """When all it has acted on are back, as planned now; NEVER where some do not come back."""
        clusters = np.zeros(self.world.layout.clusters, bool)
        clusters[self.world.layout.cluster[pulled.nodes]] = clusters[pulled.clusters] = True
        bad = self.world.nodes_bad(clusters)
        back = [at, *bad.over_from(pulled.nodes, np.full(len(pulled.nodes), at))]
        if remedy.action in _ON_CLUSTERS:
            grip = condition.grip_on_clusters(clusters)
            back += [*grip.over_from(pulled.clusters, np.full(len(pulled.clusters), at))]
        return float(max(back))

    # --- tiers -------------------------------------------------------------------------------------------------

    def _hit(self, remedy: Remedy, condition: ActiveCondition, at: float, tier: int) -> tuple[np.ndarray, np.ndarray]:
        """Nodes and clusters of a tier that a condition has in its grip. A cluster is of the tier of its first."""
        nodes, clusters = hit_nodes(self.world, condition, at), clusters_of(self.world, condition, at)
        if not remedy.order:
            return nodes, clusters
        layout = self.world.layout
        of_node = np.full(layout.nodes, len(remedy.order))
        for number, selector in reversed(list(enumerate(remedy.order))):
            of_node[layout.select(selector)] = number
        if remedy.action in _ON_CLUSTERS:
            of_cluster = np.full(layout.clusters, len(remedy.order))
            np.minimum.at(of_cluster, layout.cluster, of_node)
            clusters = clusters[of_cluster[clusters] == tier]
            return nodes[np.isin(layout.cluster[nodes], clusters)], clusters
        nodes = nodes[of_node[nodes] == tier]
        return nodes, np.unique(layout.cluster[nodes]).astype(int)

    def _first_tier(self, remedy: Remedy, condition: ActiveCondition, at: float) -> tuple[np.ndarray, np.ndarray]:
        for tier in range(len(remedy.order) + 1):
            nodes, clusters = self._hit(remedy, condition, at, tier)
            if len(clusters):
                break
        return nodes, clusters

    # --- pulling -----------------------------------------------------------------------------------------------

    def pull(self, remedy: Remedy, condition: ActiveCondition, at: float, tier: int = 0) -> Pulled | None:
        """Start a remedy wherever its prerequisites are up, in one tier of its order; None where nobody of the tier
        is hit."""
        nodes, clusters = self._hit(remedy, condition, at, tier)
        if remedy.order and not len(clusters):
            return None
        times, waits = self._ready(remedy, clusters, at)
        late = np.flatnonzero(times > at)
        if remedy.action in FROM_ONE_PLACE:
            late = late[:0]
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
            "break-glass": self.past_git.break_glass,
            "app-rollback": self.past_git.app_rollback,
            "isolate": self.past_git.isolate,
            "throttle": self._throttle,
        }[remedy.action](job)
        self.world.changed()
        if late.size:
            job.waits, job.complete = waits[late[0]], False
        return Pulled(ends, job.nodes, job.clusters, job.waits, job.complete, job.undone_at, job.pause)

    def _pause(self, job: Job) -> float:
        stop_rollout(self.world, job.condition, "paused by the person on call")
        return job.at

    def _revert(self, job: Job) -> float:
        stop_rollout(self.world, job.condition, "reverted")
        merged = job.at + float(lasts(self.world, job.remedy, "remedy.revert_duration", np.zeros(1, int))[0])
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
            nodes = np.flatnonzero(world.targets(number))
            nodes = nodes[world.nodes.versions_at(nodes, merged)[1] == version]
            return self._roll(condition, world.changes[number].name, nodes, np.full(len(nodes), merged), by)
        if condition is not None and condition.cleared_by("revert"):  # a hand edit is taken back by hand
            self._clear_everywhere(condition, merged)
        for drift in world.drifts:
            if drift.cause == world.changes[number].name:
                drift.end[:] = np.minimum(drift.end, np.maximum(drift.begin, merged))
        return merged

    def _commit_revert(self, carrier: EngineCarrier, number: int, merged: float) -> float:
        """A revert commit; the engine brings it to every cluster that may have the change. Whether that ends what was
        wrong with it is the defect's to say: a gate reverts without asking."""
        world, condition, name = self.world, self.world.defect_of.get(number), carrier.change.name
        clusters = np.unique(np.concatenate([d.clusters[np.isfinite(d.committed)] for d in carrier.deliveries]))
        world.tell(merged, "revert merged", name, count=len(clusters), cause=name)
        delivery = carrier.engine.deliver(number, carrier.change.via, clusters, np.full(len(clusters), merged))
        self._reverts[number] = delivery

        if condition is not None:
            of_clusters = PlannedEnds(condition.on_cluster, world.layout.clusters)
            of_nodes = PlannedEnds(condition.on_node, world.layout.nodes)

        def arrive(index: np.ndarray, times: np.ndarray) -> None:
            if condition is None:
                return
            clusters, now = delivery.clusters[index], world.env.now
            nodes = np.flatnonzero(carrier.meant & np.isin(world.layout.cluster, clusters))
            reached = self.effects.reachable_from(nodes, world.layout.times_of(nodes, clusters, times))
            off = self.effects.undo(carrier.change, number, nodes, reached)
            if not condition.cleared_by("revert"):  # where it has bitten it stays, and it bites nobody any more
                for spells, who, when in ((condition.on_cluster, clusters, times), (condition.on_node, nodes, off)):
                    if spells is not None:
                        to_come = spells.begin[who] > when
                        spells.close(who[to_come], when[to_come])
                return
            of_clusters.move(clusters, times, now)
            condition.clear_clusters(clusters, times)
            of_nodes.move(nodes, off, now)
            self.effects.clear(condition, nodes, off)

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
        stop_rollout(self.world, job.condition, "rolled back")
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

    def _served(self, job: Job, fact: str, from_: np.ndarray | None = None) -> np.ndarray:
        """When each node has been seen to: one order for all of them, unless a rate or hands limit it. from_: from
        when on each may be seen to, if not at once."""
        remedy = job.remedy
        if remedy.rate is None and remedy.parallel == 1 and remedy.action in ("rollback", "reboot"):
            return np.full(len(job.nodes), job.at + float(lasts(self.world, remedy, fact, np.zeros(1, int))[0]))
        from_ = np.full(len(job.nodes), job.at) if from_ is None else from_
        return Station(remedy.parallel, remedy.rate).serve(from_, lasts(self.world, remedy, fact, job.nodes))[1]

    def _reboot(self, job: Job) -> float:
        ordered = self._served(job, "remedy.reboot_duration")
        up = self.world.nodes.reboot(job.nodes, ordered, BY_PEOPLE, Priority.REMEDY)
        job.condition.clear_nodes(job.nodes, up)
        self._clear_clusters_of(job.condition, job.nodes, up)
        return _last(up)

    def _replace(self, job: Job) -> float:
        stop_rollout(self.world, job.condition, "nodes are replaced")
        ready = self._served(job, "remedy.replace_duration", self._ordered(job))
        version = (
            self.world.nodes.previous_version(job.nodes, job.at)
            if version_of(self.world, job.condition) >= 0
            else self.world.nodes.versions_at(job.nodes, job.at)[0]
        )
        started = np.maximum(job.at, ready - lasts(self.world, job.remedy, "remedy.replace_duration", job.nodes))
        up = self.world.nodes.replace(job.nodes, started, ready - started, version, BY_PEOPLE)
        for drift in self.world.drifts:
            drift.ends_on(job.nodes, up)
        job.condition.clear_nodes(job.nodes, up)
        self._clear_clusters_of(job.condition, job.nodes, up)
        return _last(up)

    def _quota(self, remedy: Remedy) -> QuotaLeft | None:
        """What is left of a remedy's quota, if it has one."""
        if remedy.quota is None:
            return None
        return self._quotas.setdefault(remedy.name, QuotaLeft(remedy, self.world.keyed))

    def _ordered(self, job: Job) -> np.ndarray | None:
        """When machines may be ordered, within the quota of the remedy; those that never may be are left alone."""
        quota = self._quota(job.remedy)
        if quota is None:
            return None
        wishes = self._served(job, "remedy.replace_duration")
        wishes = np.maximum(job.at, wishes - lasts(self.world, job.remedy, "remedy.replace_duration", job.nodes))
        allowed = quota.order(wishes, job.at)
        late = allowed > job.at
        if late.any():
            raised = np.isfinite(quota.raised_at)
            refused = max(job.at, quota.refused_at)
            job.waits, job.complete = "quota", bool(raised)
            job.pause = (refused, quota.raised_at) if raised else None
            self.world.tell(
                refused,
                "remedy waits",
                job.remedy.name,
                count=int(late.sum()),
                cause=job.condition.name,
                note="for quota",
                **({"until": quota.raised_at} if raised else {}),
            )
        kept = np.isfinite(allowed)
        job.nodes = job.nodes[kept]
        return allowed[kept]

    def _hands(self, job: Job) -> float:
        """Somebody at each machine, one after the other: boots what last worked. What is wrong with clusters as a whole
        is put right in each of them."""
        stop_rollout(self.world, job.condition, "repaired by hand")
        if not len(job.nodes):
            return self._in_turn(job, "remedy.hands_duration")
        return self._roll(job.condition, job.condition.name, job.nodes, self._served(job, "remedy.hands_duration"))

    def _restore(self, job: Job) -> float:
        """Cluster after cluster from its backup."""
        return self._in_turn(job, "remedy.restore_duration")

    def _in_turn(self, job: Job, fact: str) -> float:
        """Cluster after cluster, so many at once."""
        each = lasts(self.world, job.remedy, fact, job.clusters)
        done = Station(job.remedy.parallel, job.remedy.rate).serve(np.full(len(job.clusters), job.at), each)[1]
        when = self.world.layout.times_of(job.nodes, job.clusters, done)
        job.condition.clear_clusters(job.clusters, done)
        self.effects.clear(job.condition, job.nodes, self.effects.reachable_from(job.nodes, when))
        return float(done.max(initial=job.at))

    def _throttle(self, job: Job) -> float:
        """Users of an overloaded service are let in step by step."""
        done = job.at + float(lasts(self.world, job.remedy, "remedy.throttle_duration", np.zeros(1, int))[0])
        if isinstance(job.condition, Overload):
            job.condition.traffic.throttle(done)
        self.world.tell(done, "throttled", job.condition.name, cause=job.condition.name)
        return done

    def _clear_clusters_of(self, condition: ActiveCondition, nodes: np.ndarray, up: np.ndarray) -> None:
        """What a node's version does to its cluster ends with the last node that ran it."""
        if condition.on_cluster is None and condition.on_all is None:
            return
        last = np.full(self.world.layout.clusters, -1.0)
        np.maximum.at(last, self.world.layout.cluster[nodes], up)
        # Nodes of a later tier, or beyond a quota, still have it.
        others = np.setdiff1d(hit_nodes(self.world, condition, self.world.env.now), nodes)
        last[self.world.layout.cluster[others]] = -1.0
        clusters = np.flatnonzero(last >= 0)
        condition.clear_clusters(clusters, last[clusters])


def _last(times: np.ndarray) -> float:
    """The last finite time."""
    finite = times[np.isfinite(times)]
    return float(finite.max()) if finite.size else NEVER
