"""Components: what may be up, degraded or down, and what it requires.

Node components are known to every operating system; a cluster has an API, an etcd and more; around
the clusters stand git, the hub, the registry. A scenario may declare components of its own and add
requirements to the known ones. Services are components too.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.scenario.base import Model, Name, Number
from simulator.scenario.distribution import DurationLike

Scope = Literal["node", "cluster", "global"]

#: component -> the node state it shows when it is down. Ordered by the stage at which it matters.
NODE_COMPONENTS = {
    "boot.firmware": "failed",
    "boot.kernel": "failed",
    "boot.init": "failed",
    "network": "unreachable",
    "disk": "failed",
    "runtime": "not-ready",
    "kubelet": "not-ready",
    "clock": "not-ready",
}
#: A boot that failed and a broken disk stay so until somebody puts them right.
NEVER_FLAPPING = ("boot.firmware", "boot.kernel", "boot.init", "disk")
#: Who asks the API, each kind with a share of its seats: kubelets, Kubernetes' own controllers, service accounts.
#: People with all rights ask past the seats.
API_CLIENTS = ("nodes", "controllers", "workloads")
CLUSTER_COMPONENTS = (
    "api",
    *(f"api.{kind}" for kind in API_CLIENTS),
    "etcd",
    "dns",
    "admission",
    "scheduler",
    "access",
)
GLOBAL_COMPONENTS = (
    "git",
    "repo-server",
    "hub",
    "registry",
    "update-server",
    "quota",
    "telemetry",
    "certificates",
    "identity",
)


def known_scope(component: str) -> Scope | None:
    """Scope of a component Paddock knows by itself, or None."""
    if component in NODE_COMPONENTS:
        return "node"
    if component in CLUSTER_COMPONENTS:
        return "cluster"
    return "global" if component in GLOBAL_COMPONENTS else None


class Requirement(Model):
    """Needs another component to be up."""

    component: str = Field(description="Name of a component or a service.")
    policy: Literal["hard", "soft"] = Field(
        "hard", description="hard: down when it is down; soft: degraded when it is down."
    )
    fail: Literal["closed", "open"] = Field(
        "closed", description="open: goes on without it (it does not matter); closed: the policy applies."
    )
    cache: DurationLike | None = Field(
        None,
        description="A cache in between hides its loss for up to this lifetime: the age of what is cached "
        "is uniform, so the loss shows after a uniform share of it.",
    )
    denial_cache: DurationLike | None = Field(
        None,
        description="What was asked for during its loss is remembered as missing for up to this lifetime, so that its "
        "return is hidden as well, for a uniform share of it.",
        json_schema_extra={"fact": "coredns.cache.max_ttl_denial"},
    )

    def references(self) -> list[tuple[tuple, str]]:
        return [(("component",), self.component)]


class Component(Model):
    """A component of your own, or more requirements for a known one."""

    name: Name
    scope: Literal["cluster", "global"] = Field("cluster", description="One for each cluster, or one for all.")
    requires: list[Requirement] = Field(default_factory=list, description="What it needs.")
    capacity: Number | None = Field(
        None, gt=0, description="What it takes, in the unit of the loads on it; it is down while they come to more."
    )
