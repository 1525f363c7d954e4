"""The metrics of a run: each with its name, unit, definition and computation, in this one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulator.kernel.intervals import steps
from simulator.results.record import Record
from simulator.run.past_git import PAST_GIT


@dataclass(frozen=True)
class Metric:
    """One number. NaN says that the run gives no answer (no service, nothing detected)."""

    name: str
    unit: str
    title: str
    definition: str
    compute: Callable[[Inputs], float]


class Inputs:
    """What several metrics need, made once."""

    def __init__(self, record: Record, incidents: pd.DataFrame, services: pd.DataFrame) -> None:
        self.record, self.incidents, self.services = record, incidents, services
        world = record.world
        by_hand = np.array([change.route == "hand" for change in world.changes], bool)
        #: By change: how often it was made; and how often with a commit or a release, which hand edits lack. An edit
        #: that every node has refused was not made.
        self.made = np.array(
            [record.commits(n) if not by_hand[n] or record.nodes_reached(n) else 0 for n in range(len(world.changes))],
            np.int64,
        )
        self.commits = np.where(by_hand, 0, self.made)
        lags = [record.lags(n) for n in np.flatnonzero(self.commits)]
        self.lags = np.concatenate(lags) if lags else np.zeros(0)

    def told(self, column: str) -> pd.Series:
        """A column of the incidents, without what did not happen."""
        return self.incidents[column].dropna()


def _mean(values: pd.Series) -> float:
    return float(values.mean()) if len(values) else np.nan


def _quantile(values: np.ndarray, q: float) -> float:
    return float(np.quantile(values, q)) if len(values) else np.nan


def _vulnerable_node_days(i: Inputs) -> float:
    seconds = i.record.vulnerable_seconds
    return np.nan if seconds is None else float(seconds.sum() / 86400.0)


def _unknown_cluster_hours(i: Inputs) -> float:
    if not i.record.world.engine.say.tells_status:
        return np.nan
    unknown = i.record.applications("unknown")
    return float(unknown.seconds(i.record.layout.clusters, i.record.horizon).sum() / 3600.0)


def _change_failure_rate(i: Inputs) -> float:
    total = int(i.commits.sum())
    failed = sum(1 for n, c in i.record.world.defect_of.items() if i.commits[n] and i.record.bites(c))
    return failed / total if total else np.nan


def _audit_coverage(i: Inputs) -> float:
    """Hand edits and what is done past Git leave no commit; everything else in the fleet traces to one."""
    past_git = sum(e.what in PAST_GIT for e in i.record.journal)
    total = int(i.made.sum()) + past_git
    return float(i.commits.sum() / total) if total else np.nan


def _services_down_at_once(i: Inputs) -> float:
    """A service counts once for each cluster that carries it."""
    down = [i.record.down(service.say.name) for service in i.record.world.services]
    if not len(i.services):
        return np.nan
    begin, end = np.concatenate([d.begin for d in down]), np.concatenate([d.end for d in down])
    level = steps(np.concatenate([begin, end]), np.repeat([1, -1], len(begin)))[1]
    return float(level.max(initial=0) / len(i.services))


METRICS: tuple[Metric, ...] = (
    Metric(
        "service_availability",
        "share",
        "Service availability",
        "Mean over services and clusters of the share of time the service was up: enough replicas "
        "available and every hard requirement up.",
        lambda i: _mean(i.services["availability"]),
    ),
    Metric(
        "error_budget_used",
        "share",
        "Error budget used",
        "Mean over services and clusters of downtime divided by the downtime the objective allows; 1 is all of it.",
        lambda i: _mean((1 - i.services["availability"]) / (1 - i.services["slo"]).replace(0.0, np.nan)),
    ),
    Metric(
        "unserved_share",
        "share",
        "Requests not served",
        "Mean over services and clusters with traffic of the requests lost or turned away, as a share of what the "
        "cluster's own users ask.",
        lambda i: _mean(i.services["unserved_share"].dropna()),
    ),
    Metric(
        "bad_node_hours",
        "node-h",
        "Bad node-hours",
        "Time that nodes were not-ready, unreachable or failed, summed over nodes. Planned reboots do not count.",
        lambda i: float(i.record.bad.seconds(i.record.layout.nodes, i.record.horizon).sum() / 3600.0),
    ),
    Metric(
        "blast_radius_nodes",
        "share",
        "Blast radius, nodes",
        "Largest share of all nodes bad at once.",
        lambda i: i.record.bad.most()[0] / i.record.layout.nodes,
    ),
    Metric(
        "blast_radius_clusters",
        "share",
        "Blast radius, clusters",
        "Largest share of clusters affected at once: a component or service down, or a node bad because of a change.",
        lambda i: i.record.clusters_affected.most()[0] / i.record.layout.clusters,
    ),
    Metric(
        "blast_radius_services",
        "share",
        "Blast radius, services",
        "Largest share of services (counted in each cluster) down at once.",
        _services_down_at_once,
    ),
    Metric(
        "exposure_at_detection",
        "share",
        "Exposure at detection",
        "Largest share of nodes bad when an alert fired, over all incidents.",
        lambda i: float(i.told("exposure_at_detection").max()),
    ),
    Metric(
        "mttd",
        "s",
        "Mean time to detect",
        "Mean over incidents: from what went wrong to the alert that fires.",
        lambda i: _mean(i.told("mttd_s")),
    ),
    Metric(
        "time_to_decide",
        "s",
        "Mean time to decide",
        "Mean over incidents: from the alert to the decision.",
        lambda i: _mean(i.told("decide_s")),
    ),
    Metric(
        "mttr",
        "s",
        "Mean time to recover",
        "Mean over incidents that ended: from what went wrong to its being right again.",
        lambda i: _mean(i.told("mttr_s")),
    ),
    Metric(
        "convergence_p50",
        "s",
        "Convergence, median",
        "From a commit or release to a target that has it, median over all targets reached.",
        lambda i: _quantile(i.lags, 0.5),
    ),
    Metric(
        "convergence_p95",
        "s",
        "Convergence, 95th percentile",
        "The same, 95th percentile.",
        lambda i: _quantile(i.lags, 0.95),
    ),
    Metric(
        "convergence_max",
        "s",
        "Convergence, slowest",
        "The same, slowest target reached.",
        lambda i: float(i.lags.max()) if len(i.lags) else np.nan,
    ),
    Metric(
        "drift_node_hours",
        "node-h",
        "Drift node-hours",
        "Time that clusters were off the desired state, times the nodes concerned.",
        lambda i: float(i.record.drift_node_seconds.sum() / 3600.0),
    ),
    Metric(
        "unknown_cluster_hours",
        "cluster-h",
        "Unknown cluster-hours",
        "Time that the GitOps engine could not tell whether an application of a cluster was as declared, summed over "
        "clusters; no answer under an engine that tells no status.",
        _unknown_cluster_hours,
    ),
    Metric(
        "vulnerable_node_days",
        "node-d",
        "Vulnerable node-days",
        "Time that nodes ran another OS version than the newest one released for them, summed over nodes.",
        _vulnerable_node_days,
    ),
    Metric(
        "deployment_frequency",
        "1/d",
        "Deployment frequency",
        "Commits and releases per day (DORA).",
        lambda i: float(i.commits.sum() / (i.record.horizon / 86400.0)),
    ),
    Metric(
        "lead_time",
        "s",
        "Lead time",
        "Median over targets from the commit to running there (DORA; what comes before the commit is not simulated).",
        lambda i: _quantile(i.lags, 0.5),
    ),
    Metric(
        "change_failure_rate",
        "share",
        "Change failure rate",
        "Share of commits and releases whose defect took effect somewhere (DORA).",
        _change_failure_rate,
    ),
    Metric(
        "time_to_restore",
        "s",
        "Time to restore",
        "Median over incidents from what went wrong to its being right again (DORA).",
        lambda i: _quantile(i.told("mttr_s").to_numpy(), 0.5),
    ),
    Metric(
        "audit_coverage",
        "share",
        "Audit coverage",
        "Share of effective changes that trace to a commit.",
        _audit_coverage,
    ),
    Metric(
        "automatic_rollbacks",
        "rollbacks",
        "Automatic rollbacks",
        "Boots of the old version by a system's own decision, or a gate's.",
        lambda i: float(i.record.automatic_rollbacks.sum()),
    ),
    Metric(
        "manual_rollbacks",
        "rollbacks",
        "Manual rollbacks",
        "Boots of the version before by people's decision.",
        lambda i: float(i.record.manual_rollbacks.sum()),
    ),
)


def compute(record: Record, incidents: pd.DataFrame, services: pd.DataFrame) -> pd.Series:
    """All metrics of a run, by name, in the order above."""
    inputs = Inputs(record, incidents, services)
    return pd.Series({m.name: m.compute(inputs) for m in METRICS}, name="value", dtype=float)
