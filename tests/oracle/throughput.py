"""What GitOps controllers were measured to do, and scenarios with the same settings.

    python -m tests.oracle.throughput

prints published and simulated figures side by side. Sources: the rows `argo-cd.bench.*` (CNOE, Argo CD 2.8: each
application a ConfigMap of 2 kB that is deployed in less than a second; how long until all of them are synced) and
`flux.bench.*` (Flux 2.9) of the facts table.

One figure of each limit gives its constant (the rows of assumptions.csv say which); all others are predictions.
What was not published and had to be read into the experiments: the client's rate where it is not what was varied (its
default, 50/100), processors where they are not what was varied (their defaults), and 0.5 s for "less than a second".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator import Scenario, facts
from tests.oracle.fleets import scenario

#: The settings of Argo CD that all experiments share; commits are synced when they are merged.
_ARGO = {"engine": "argo-cd", "version": "2.10", "webhook": True, "compare": "500ms", "apply": "500ms"}
_M5_2XLARGE = 8  # vCPU


@dataclass(frozen=True)
class Figure:
    """One published figure. fact: its row; limit: what binds there; use: 'estimate' of the limit's constant,
    'prediction', or 'further' for predictions beyond the twelve that are held to a tolerance."""

    fact: str
    limit: str
    use: str
    clusters: int
    gitops: dict

    @property
    def published(self) -> float:
        """Seconds."""
        return facts.get(self.fact).seconds

    def scenario(self) -> Scenario:
        """The experiment."""
        change = {"name": "commit", "kind": "config", "at": "1m"}
        return scenario(self.clusters, 1, "3h", gitops=self.gitops, changes=[change])

    def simulated(self) -> float:
        """Seconds from the commit to the last application."""
        deliveries = self.scenario().run(seed=1).world.carriers[0].deliveries
        return float(np.max([delivery.applied.max() - delivery.committed.min() for delivery in deliveries]))

    def error(self) -> float:
        """Simulated against published, as a share of what was published."""
        return self.simulated() / self.published - 1.0


def _rate(qps: int, use: str, limit: str = "client rate") -> Figure:
    """Experiment 1: one controller, three clusters with 5,000 applications each, machines that were not published."""
    controllers = {"clientQps": qps, "clientBurst": 2 * qps}
    gitops = {**_ARGO, "applications": [{"name": "apps", "perCluster": 5000}], "controllers": controllers}
    return Figure(f"argo-cd.bench.sync_15000_apps_3_clusters_qps_{qps}/{2 * qps}", limit, use, 3, gitops)


def _shards(fact: str, limit: str, use: str, clusters: int, apps: int, shards: int, machines: int) -> Figure:
    """Experiments 3 to 5: several controllers on so many m5.2xlarge."""
    controllers = {"shards": shards, "cpus": machines * _M5_2XLARGE}
    applications = [{"name": "apps", "perCluster": apps // clusters}]
    gitops = {**_ARGO, "applications": applications, "controllers": controllers}
    return Figure(f"argo-cd.bench.{fact}", limit, use, clusters, gitops)


def _flux(apps: int, use: str) -> Figure:
    """One cluster, tuned concurrency."""
    concurrency = {"kustomizations": 20, "helmReleases": 10}
    kustomizations = [{"name": "apps", "perCluster": apps}]
    gitops = {"engine": "flux", "webhook": True, "kustomizations": kustomizations, "concurrency": concurrency}
    return Figure(f"flux.bench.mttp_{apps}_kustomization", "workers", use, 1, gitops)


FIGURES: tuple[Figure, ...] = (
    _rate(50, "estimate"),
    _rate(100, "prediction"),
    _rate(150, "prediction"),
    _shards("sync_10000_apps_100_clusters", "processors", "estimate", 100, 10_000, 10, 1),
    _shards("sync_10000_apps_250_clusters", "processors", "prediction", 250, 10_000, 10, 1),
    _shards("sync_10000_apps_500_clusters", "processors", "prediction", 500, 10_000, 10, 1),
    _shards("sync_50000_apps_3_shards", "client rate", "prediction", 500, 50_000, 3, 3),
    _shards("sync_50000_apps_6_shards", "client rate", "prediction", 500, 50_000, 6, 3),
    _shards("sync_50000_apps_9_shards", "client rate", "prediction", 500, 50_000, 9, 3),
    _flux(100, "prediction"),
    _flux(500, "prediction"),
    _flux(1000, "estimate"),
    _rate(200, "further", "shard"),
    _rate(250, "further", "shard"),
    _rate(300, "estimate", "shard"),
    _shards("sync_15000_apps", "processors", "further", 500, 15_000, 10, 2),
    _shards("sync_20000_apps", "processors", "further", 500, 20_000, 10, 2),
    _shards("sync_25000_apps", "processors", "further", 500, 25_000, 10, 2),
    _shards("sync_30000_apps", "processors", "further", 500, 30_000, 10, 2),
    _shards("sync_50000_apps", "client rate", "further", 500, 50_000, 10, 3),
)
#: The first twelve are held to a tolerance, estimates and predictions alike.
HELD = FIGURES[:12]


def table(figures: tuple[Figure, ...] = FIGURES) -> str:
    """Published beside simulated, as a Markdown table."""
    lines = ["| figure | limit | use | published | simulated | error |", "|---|---|---|---|---|---|"]
    for figure in figures:
        ours, theirs = figure.simulated(), figure.published
        lines.append(
            f"| {figure.fact} | {figure.limit} | {figure.use} | {_shown(theirs)} | {_shown(ours)} "
            f"| {100 * (ours / theirs - 1):+.0f} % |"
        )
    return "\n".join(lines)


def _shown(seconds: float) -> str:
    return f"{seconds / 60:.1f} min" if seconds >= 300 else f"{seconds:.0f} s"


if __name__ == "__main__":
    print(table())
