"""What people do past Git: break the glass, roll back in the engine, isolate. It leaves drift, or is undone again."""

from __future__ import annotations

import numpy as np

from simulator.gitops import Delivery
from simulator.kernel import NEVER
from simulator.run.carriers import EngineCarrier
from simulator.run.effects import Effects
from simulator.run.job import Job, lasts, stop_rollout
from simulator.run.world import Drift, World

#: What is done past Git, as the journal calls it.
PAST_GIT = GLASS_BROKEN, ROLLED_BACK_IN_ENGINE, ISOLATED = "glass broken", "rolled back in the engine", "isolated"


class PastGit:
    """The levers that go straight into clusters. reverts: the commits that take changes back, by change."""

    def __init__(self, world: World, effects: Effects, reverts: dict[int, Delivery]) -> None:
        self.world, self.effects, self.reverts = world, effects, reverts

    def break_glass(self, job: Job) -> float:
        """Past Git, straight into every cluster that is hit; its reconciliation is suspended, unless people forget."""
        stop_rollout(self.world, job.condition, "break-glass")
        done = self._past_git(job, GLASS_BROKEN, job.remedy.suspends)
        if not job.remedy.suspends:
            self._put_back(job, done)
        return done

    def app_rollback(self, job: Job) -> float:
        """The engine applies the revision before, while Git keeps the one that is bad."""
        stop_rollout(self.world, job.condition, "rolled back in the engine")
        return self._past_git(job, ROLLED_BACK_IN_ENGINE)

    def _past_git(self, job: Job, what: str, stays: bool = True) -> float:
        """Ends what a revert would end, and leaves drift; stays: for good."""
        done = job.at + lasts(self.world, job.remedy, "remedy.revert_duration", np.zeros(1, int))[0]
        job.condition.clear_clusters(job.clusters, done)
        self.effects.clear(
            job.condition, job.nodes, self.effects.reachable_from(job.nodes, np.full(len(job.nodes), done))
        )
        if stays:
            self._drift(job, done, np.full(len(job.clusters), NEVER))
        self.world.tell(done, what, job.condition.name, count=len(job.clusters), cause=job.condition.name)
        return float(done)

    def _drift(self, job: Job, begin: float, end: np.ndarray) -> None:
        """Clusters are not as Git says any more, from a time on."""
        sizes = self.world.layout.cluster_sizes[job.clusters]
        self.world.drifts.append(Drift(job.condition.name, job.clusters, sizes, np.full(len(sizes), begin), end))

    def _put_back(self, job: Job, done: float) -> None:
        """The GitOps engine sees that clusters differ from Git, and applies again what people had just undone."""
        world, number = self.world, job.condition.number
        carrier = world.carriers.get(number)
        back = np.full(len(job.clusters), NEVER)
        if isinstance(carrier, EngineCarrier) and carrier.deliveries:  # Git knows nothing of a fault or of a hand edit
            done_at = np.full(len(back), done)
            back = carrier.engine.corrected_at(carrier.deliveries[0].carrier, job.clusters, done_at)
        self._drift(job, done, back.copy())
        if number in self.reverts:  # what Git says is good again by then
            revert = self.reverts[number]
            reverted = np.full(world.layout.clusters, NEVER)
            reverted[revert.clusters] = revert.applied
            back = np.where(back < reverted[job.clusters], back, NEVER)
        again = np.isfinite(back)
        if not again.any():
            return
        clusters, back = job.clusters[again], back[again]
        job.undone_at = float(back.min())
        world.tell(
            float(back.min()),
            "fix undone",
            job.condition.name,
            until=float(back.max()),
            count=len(back),
            cause=job.condition.name,
            note=f"{carrier.engine.say.engine} has applied again what Git says",
        )
        nodes = np.flatnonzero(carrier.meant & np.isin(world.layout.cluster, clusters))
        self.effects.arrive(carrier.change, number, nodes, clusters, back, None)

    def isolate(self, job: Job) -> float:
        """Cut off what is hit: clusters, or single nodes. What hurts them ends there, and they are not as declared."""
        done = job.at + float(lasts(self.world, job.remedy, "remedy.isolate_duration", np.zeros(1, int))[0])
        condition, layout = job.condition, self.world.layout
        condition.clear_clusters(job.clusters, done)
        self.effects.clear(condition, job.nodes, np.full(len(job.nodes), done))  # from outside: no way in is needed
        if condition.on_cluster is not None or condition.on_all is not None:
            self._drift(job, done, np.full(len(job.clusters), NEVER))
        else:
            once, begin = np.ones(len(job.nodes), int), np.full(len(job.nodes), done)
            never = np.full(len(job.nodes), NEVER)
            self.world.drifts.append(Drift(condition.name, layout.cluster[job.nodes], once, begin, never, job.nodes))
        self.world.tell(done, ISOLATED, condition.name, count=len(job.clusters), cause=condition.name)
        return done
