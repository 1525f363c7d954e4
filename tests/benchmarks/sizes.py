"""The fleets that are measured: a month of releases, commits and failures."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

DAYS = 30

#: Every operating system under its own defaults, but the mutable servers, which nobody would reboot: Kured does.
FIVE = (
    ("talos", {}),
    ("microos", {}),
    ("flatcar", {}),
    ("fedora-coreos", {}),
    ("mutable", {"reboots": "kured"}),
)
#: Those of the first benchmark, to see by how much more of them cost.
TWO = (("talos", {}), ("microos", {}))


#: What is switched on besides the fleet: two services in each cluster, alerts
#: that look at single services and at the whole fleet; people with a runbook.
OPERATIONS = {
    "services": [
        {
            "name": "web",
            "replicas": 30,
            "needs": "80%",
            "pdb": {"maxUnavailable": 3},
            "requires": [{"component": "db"}],
        },
        {"name": "db", "replicas": 3, "needs": 2, "workload": "statefulset"},
    ],
    "alerts": [
        {"name": "web-down", "expr": {"component": "web"}, "for": "2m"},
        {"name": "db-down", "expr": {"component": "db"}, "for": "2m"},
        {"name": "nodes-bad", "expr": {"nodes": "bad", "above": "1%"}, "for": "5m"},
    ],
    "remedies": [{"name": "revert", "requires": ["git"]}, {"name": "replace", "parallel": 10}],
}


@dataclass(frozen=True)
class Size:
    """A fleet, how often it is measured, and what is promised (CPU seconds, MB at the peak).

    in_one_process: runs are repeated in one process and their median counts, as in a notebook; otherwise each
    has a process of its own, and the best counts.
    """

    name: str
    clusters: int
    nodes_per_cluster: int
    commits_a_day: int = 10
    repeats: int = 1
    in_one_process: bool = False
    cpu_s: float | None = None
    rss_mb: float | None = None
    engine: str = "flux"
    systems: tuple = FIVE
    operated: bool = False  # services with budgets and users, alerts on nodes and services, people who answer

    @property
    def nodes(self) -> int:
        """Nodes of the fleet."""
        return self.clusters * self.nodes_per_cluster

    def scenario(self) -> str:
        """As YAML: an equal part of each operating system; an OS release a week, to all at once; commits to every
        cluster; each machine dies once a year."""
        share, rest = divmod(self.clusters, len(self.systems))
        fleet = [
            {
                "name": name,
                "clusters": share + (k < rest),
                "pools": [{"name": "workers", "nodes": self.nodes_per_cluster, "os": {"name": name, **settings}}],
            }
            for k, (name, settings) in enumerate(self.systems)
            if share + (k < rest)
        ]
        operations = OPERATIONS if self.operated else {}
        commits = {"every": f"{1440 // self.commits_a_day}m", "times": DAYS * self.commits_a_day}
        return yaml.safe_dump(
            {
                "apiVersion": "paddock/v1alpha1",
                "kind": "Scenario",
                "metadata": {"name": "bench"},
                "spec": {
                    "horizon": f"{DAYS}d",
                    "fleet": fleet,
                    "gitops": {"engine": self.engine},
                    "changes": [
                        {"name": "config", "kind": "config", "at": "10m", "repeat": commits},
                        {
                            "name": "os",
                            "kind": "os-image",
                            "at": "1d",
                            "repeat": {"every": "7d", "times": 4},
                            "rollout": {"stages": [{"maxUnavailable": "10%"}]},
                        },
                    ],
                    "faults": [{"name": "dies", "trigger": {"rate": "1/y"}, "impairs": [{"component": "disk"}]}],
                    **operations,
                },
            }
        )


PROMISED = (
    Size("classroom", 100, 20, commits_a_day=1, repeats=15, in_one_process=True, cpu_s=0.1),
    Size("fleet_100k", 500, 200, repeats=3, cpu_s=3.0, rss_mb=500.0),
    Size("fleet_100k_argo", 500, 200, repeats=3, cpu_s=3.0, rss_mb=500.0, engine="argo-cd"),
    Size("fleet_100k_two", 500, 200, repeats=3, cpu_s=3.0, rss_mb=500.0, systems=TWO),
    Size("fleet_100k_two_operated", 500, 200, repeats=3, cpu_s=3.0, rss_mb=500.0, systems=TWO, operated=True),
    Size("fleet_100k_operated", 500, 200, repeats=3, operated=True),
    Size("fleet_1m", 5000, 200, cpu_s=40.0, rss_mb=4000.0),
)
#: Between them, for the picture: the same month, so that only the size differs.
CURVE = tuple(Size(f"fleet_{clusters * 200}", clusters, 200) for clusters in (5, 16, 50, 160, 1600))

#: The naive model (tests/oracle/naive.py): a process for each node, a size that it can finish.
NAIVE_NODES, NAIVE_DAYS = 300, 7
NAIVE_RATIO = 500.0
