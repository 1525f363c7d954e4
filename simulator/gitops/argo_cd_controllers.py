"""The application controllers of Argo CD under load: what holds them up, and when they get to a sync.

A hub's controllers (shards) part its clusters among them. Each has its own client towards all API servers it talks to,
its own workers, and a pace of its own; all of them share the processors of their machines, and the repo-server. The
limit that is reached first decides. Where nothing waits they cost nothing: a sync that comes alone begins at once.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from simulator.gitops.throughput import Arrivals
from simulator.scenario.base import Duration, Model, Number, Whole, sourced


class Controllers(Model):
    """The application controllers, and what they share."""

    shards: Whole = Field(
        1, ge=1, description="Controllers of a hub; clusters are dealt out to them one after the other (round-robin)."
    )
    status_processors: Whole = sourced(
        "argo-cd.status_processors", "Comparisons at once, in each shard.", reading="number", ge=1
    )
    operation_processors: Whole = sourced(
        "argo-cd.operation_processors", "Syncs at once, in each shard.", reading="number", ge=1
    )
    kubectl_parallelism: Whole = sourced(
        "argo-cd.kubectl_parallelism_limit", "Applies at once, in each shard.", reading="number", ge=1
    )
    client_qps: Number = sourced(
        "argo-cd.client_qps", "Requests per second of a shard, to all API servers together.", reading="number", gt=0
    )
    client_burst: Number = sourced(
        "argo-cd.client_burst", "Requests at once, before `clientQps` holds them up.", reading="number", ge=1
    )
    requests_per_sync: Number = sourced(
        "argo-cd.requests_per_sync", "Requests to API servers for the sync of one application.", reading="number", gt=0
    )
    shard_seconds_per_sync: Duration = sourced(
        "argo-cd.shard_seconds_per_sync", "From the beginning of one sync to that of the next, in a shard at its limit."
    )
    cpu_seconds_per_sync: Duration = sourced(
        "argo-cd.cpu_seconds_per_sync", "Processor time for the sync of one application, rendering included."
    )
    cpus: Number | None = Field(
        None,
        gt=0,
        description="Processors (vCPU) of the machines that all shards share; default: enough, so that they are no "
        "limit. With an Argo CD in each cluster: of each.",
    )
    repo_server_parallelism: Whole | None = Field(
        None, ge=1, description="Applications rendered at once, for all shards; default: no limit."
    )


def begins(
    say: Controllers, hub: bool, compare: float, apply: float, clusters: np.ndarray, at: np.ndarray, count: np.ndarray
) -> np.ndarray:
    """When the last sync of each batch begins to be worked on, s, if `count` applications of a cluster need one from a
    time `at` on. compare, apply: how long a status and an operation processor are busy with one of them, s."""
    shard = Arrivals(clusters % say.shards if hub else clusters, at, count)
    machine = Arrivals(np.zeros(len(clusters), np.int64) if hub else clusters, at, count)
    workers = min(say.operation_processors, say.kubectl_parallelism)
    found = shard.served(say.status_processors, compare)
    for other in (
        shard.served(workers, apply),
        shard.paced(say.requests_per_sync / say.client_qps, say.client_burst / say.client_qps),
        shard.paced(say.shard_seconds_per_sync, workers * say.shard_seconds_per_sync),
    ):
        np.maximum(found, other, out=found)
    if say.cpus is not None:  # each processor takes one at once
        np.maximum(found, machine.paced(say.cpu_seconds_per_sync / say.cpus, say.cpu_seconds_per_sync), out=found)
    if say.repo_server_parallelism is not None:
        np.maximum(found, machine.served(say.repo_server_parallelism, compare), out=found)
    return found
