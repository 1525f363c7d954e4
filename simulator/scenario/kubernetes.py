"""What a cluster's Kubernetes may be told: how long it waits for a node, what its API servers take."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from simulator import facts
from simulator.scenario.base import Duration, Model, Whole, sourced
from simulator.scenario.errors import shown


def _release(value: str) -> str:
    if not re.fullmatch(r"1\.[0-9]{1,2}", value):
        raise ValueError(f"{shown(value)} is not a release of Kubernetes; write '1.32'")
    return value


class ApiServer(Model):
    """What the API servers of a cluster take, and whom they turn away first."""

    max_inflight: Whole = sourced(
        "kubernetes.apiserver.max_inflight", "Reading requests at once of one server.", reading="number", ge=1
    )
    max_mutating_inflight: Whole = sourced(
        "kubernetes.apiserver.max_mutating_inflight", "Writing requests at once of one server.", reading="number", ge=1
    )
    servers: Whole = Field(
        3,
        ge=1,
        description="Servers of a cluster whose control planes are not among its nodes; else it has one on each.",
    )
    fairness: bool = Field(
        True,
        description="Priority and fairness: each kind of client has its share of the seats, so that one that asks too "
        "much hurts its own kind only.",
        json_schema_extra={"fact": "kubernetes.apf.shares"},
    )

    @property
    def seats(self) -> float:
        """Requests that one server works on at once."""
        return float(self.max_inflight + self.max_mutating_inflight)


class Kubernetes(Model):
    """Settings of the control plane, the same in every cluster."""

    version: Annotated[str, AfterValidator(_release)] = Field(
        "1.32", description="Its release; from 1.32 on a node may be silent for 50 s, before that for 40 s."
    )
    node_monitor_grace_period: Duration | None = Field(
        None,
        description="Without a heartbeat for so long a node is not ready; default: that of the release.",
        json_schema_extra={"fact": "kubernetes.node.monitor_grace_period_new"},
    )
    pod_toleration: Duration = sourced(
        "kubernetes.node.default_toleration_seconds", "How long pods tolerate a node that is not ready."
    )
    image_gc: Duration | None = Field(
        None,
        description="Images that nothing uses go after so long (the disk is nearly full); default: they stay.",
        json_schema_extra={"fact": "kubernetes.kubelet.image_gc_high_low"},
    )
    api_server: ApiServer = Field(default_factory=ApiServer, description="What its API servers take.")

    @property
    def grace_period(self) -> float:
        """How long a node may be silent, s."""
        if self.node_monitor_grace_period is not None:
            return self.node_monitor_grace_period
        new = int(self.version.partition(".")[2]) >= 32
        return facts.get(f"kubernetes.node.monitor_grace_period_{'new' if new else 'old'}").seconds
