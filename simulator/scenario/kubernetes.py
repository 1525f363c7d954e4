"""What a cluster's Kubernetes may be told: how long it waits for a node, and its pods for the node's return."""

from __future__ import annotations

from simulator.scenario.base import Duration, Model, sourced


class Kubernetes(Model):
    """Settings of the control plane, the same in every cluster."""

    node_monitor_grace_period: Duration = sourced(
        "kubernetes.node.monitor_grace_period_new",
        "Without a heartbeat for so long a node is not ready (40s before the default was raised).",
    )
    pod_toleration: Duration = sourced(
        "kubernetes.node.default_toleration_seconds", "How long pods tolerate a node that is not ready."
    )
