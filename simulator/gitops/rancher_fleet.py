"""Rancher Fleet: bundles that go from a management cluster to batches of clusters, within partitions.

How many clusters may be unavailable decides whether the next batch and the next partition begin, and by default all of
them may be: nothing halts. Clusters that can't be reached count as unavailable.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from simulator import facts
from simulator.gitops.reconciler import API, Delivery, Reconciler, Surroundings
from simulator.kernel import NEVER, Keyed, Polls
from simulator.scenario.base import CountOrShare, Duration, Model, Name, Whole, sourced
from simulator.scenario.gitops import Engine
from simulator.scenario.selector import Selector


class Partition(Model):
    """A part of the clusters; it begins when the one before is available."""

    name: Name
    select: Selector = Field(default_factory=Selector, description="Its clusters.")
    max_unavailable: CountOrShare | None = Field(None, description="Within this partition; default: as for all.")


class RancherFleetSettings(Engine):
    """Rancher Fleet: a management cluster, and an agent in each other."""

    engine: Literal["rancher-fleet"] = "rancher-fleet"
    interval: Duration = sourced("rancher-fleet.gitrepo.polling_interval", "How often it looks at Git.", gt=0)
    webhook: bool = Field(False, description="Git calls, so it looks at once.")
    batch: Whole = sourced(
        "rancher-fleet.rollout.batch",
        "Clusters of a partition that are brought the bundle together.",
        reading="number",
        ge=1,
    )
    max_unavailable: CountOrShare = Field(
        "100%",
        description="Clusters of a partition that may be unavailable when its next batch begins.",
        json_schema_extra={"fact": "rancher-fleet.rollout.max_unavailable"},
    )
    max_unavailable_partitions: Whole = sourced(
        "rancher-fleet.rollout.max_unavailable_partitions",
        "Partitions that may be unavailable when the next one begins.",
        reading="number",
        ge=0,
    )
    partitions: list[Partition] = Field(
        default_factory=list,
        description="Default: one of all clusters, or quarters of them from 200 clusters on.",
        json_schema_extra={"fact": "rancher-fleet.rollout.auto_partition_threshold"},
    )
    apply: Duration = sourced("rancher-fleet.apply_duration", "From the bundle to what it brings, in one cluster.")


class RancherFleet(Reconciler):
    """The verbs of Rancher Fleet."""

    settings = RancherFleetSettings
    heeds_health = True

    def __init__(self, settings: RancherFleetSettings, keyed: Keyed, around: Surroundings) -> None:
        super().__init__(settings, keyed, around)
        self._polls = Polls(keyed, "rancher-fleet", 1, settings.interval)

    def applied_at(self, delivery: Delivery, index: np.ndarray) -> np.ndarray:
        # A partition waits for the one before: the whole bundle is planned, commit by commit.
        found = np.full(len(delivery.clusters), NEVER)
        for committed in np.unique(delivery.committed[np.isfinite(delivery.committed)]):
            mine = np.flatnonzero(delivery.committed == committed)
            found[mine] = self._rolled_out(delivery.clusters[mine], self._seen_at(committed))
        return found[index]

    def _seen_at(self, committed: float) -> float:
        hub = np.zeros(1, int)
        at = np.array([committed])
        first = at if self.say.webhook else self._polls.next_after(hub, at)
        return float(self.reached(self._polls, ("git", "hub"), hub, first)[0])

    def _rolled_out(self, clusters: np.ndarray, begin: float) -> np.ndarray:
        applied = np.full(len(clusters), NEVER)
        available: list[float] = []  # when each partition is, in the order in which they were
        for mine, most in self._partitions(clusters):
            begin = max(begin, _fewer_than(np.array(available), self.say.max_unavailable_partitions, begin))
            if not np.isfinite(begin):
                break
            applied[mine], ready = self._in_batches(clusters[mine], begin, most)
            available.append(_fewer_than(ready, most, begin))
        return applied

    def _partitions(self, clusters: np.ndarray) -> list[tuple[np.ndarray, int]]:
        """Positions of the clusters of each partition, and how many of them may be unavailable."""
        if self.say.partitions:
            found, left = [], np.ones(len(clusters), bool)
            for partition in self.say.partitions:
                chosen = self.around.select(partition.select)[clusters] & left
                left &= ~chosen
                most = partition.max_unavailable or self.say.max_unavailable
                found.append((np.flatnonzero(chosen), most))
        else:
            share = facts.get("rancher-fleet.rollout.auto_partition_size").number / 100
            many = len(clusters) >= facts.get("rancher-fleet.rollout.auto_partition_threshold").number
            size = max(1, int(len(clusters) * share)) if many else len(clusters)
            found = [
                (np.arange(k, min(k + size, len(clusters))), self.say.max_unavailable)
                for k in range(0, len(clusters), size)
            ]
        return [(mine, _allowed(most, len(mine))) for mine, most in found if len(mine)]

    def _in_batches(self, clusters: np.ndarray, begin: float, most: int) -> tuple[np.ndarray, np.ndarray]:
        """When each cluster of a partition has applied the bundle, and when it is ready on it."""
        applied, ready = np.full(len(clusters), NEVER), np.full(len(clusters), NEVER)
        down = self.outages((API,), clusters)
        sick = self.around.unhealthy(None, self.mask(clusters))
        reachable = self.up_from(down, clusters, np.full(len(clusters), begin))
        for k in range(0, len(clusters), self.say.batch):
            # Those that have the bundle and are not ready, and those of the rest that can't be reached.
            unavailable = np.concatenate([ready[:k], reachable[k:][reachable[k:] > begin]])
            begin = max(begin, _fewer_than(unavailable, most, begin))
            if not np.isfinite(begin):
                break
            some = slice(k, k + self.say.batch)
            at = np.full(len(clusters[some]), begin)
            applied[some] = self.up_from(down, clusters[some], at) + self.say.apply
            ready[some] = sick.over_from(clusters[some], applied[some])
        return applied, ready

    def corrected_at(self, carrier: str, clusters: np.ndarray, edited: np.ndarray) -> np.ndarray:
        return np.full(len(clusters), NEVER)  # a bundle is shown as modified; it is not put right unless told to

    def prunes(self, carrier: str, everything: bool = False) -> bool:
        return True


def _allowed(most: int | float, total: int) -> int:
    """How many of `total` may be unavailable; none of them, where a share says so."""
    return most if isinstance(most, int) else int(most * total)


def _fewer_than(ready: np.ndarray, most: int, at: float) -> float:
    """When at most so many are not ready, at or after a time."""
    late = np.sort(ready[ready > at])
    return float(late[len(late) - most - 1]) if len(late) > most else at


#: What this file adds to the vocabulary.
ENGINE = RancherFleet
