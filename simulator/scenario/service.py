"""Services: replicas over a node pool, how a new version replaces them, and what they need."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from simulator.scenario.base import (
    CountOrShare,
    CountOrShareOrNone,
    Duration,
    Model,
    Name,
    Number,
    Share,
    Whole,
    one_of,
    sourced,
)
from simulator.scenario.component import Requirement
from simulator.scenario.distribution import DurationLike
from simulator.scenario.selector import Selector


class DisruptionBudget(Model):
    """A PodDisruptionBudget: limits evictions, never losses."""

    model_config = one_of("minAvailable", "maxUnavailable")

    min_available: CountOrShare | None = Field(None, description="Replicas that must stay healthy.")
    max_unavailable: Whole | None = Field(
        None, ge=0, description="Replicas that may be out at once; 0 blocks all drains."
    )

    @model_validator(mode="after")
    def _one_of_two(self):
        if (self.min_available is None) == (self.max_unavailable is None):
            raise ValueError("a pdb has either minAvailable or maxUnavailable")
        return self

    def allowed(self, replicas: int) -> int:
        """Evictions allowed at once while all replicas are healthy."""
        if self.max_unavailable is not None:
            return min(self.max_unavailable, replicas)
        wanted = self.min_available
        keep = wanted if isinstance(wanted, int) else -int(-wanted * replicas // 1)
        return max(0, replicas - keep)


class Image(Model):
    """The container image of a service."""

    pull: DurationLike = sourced("pod.pull_duration", "Pulling it to a node, when nothing else is pulled there.")
    policy: Literal["IfNotPresent", "Always"] = Field(
        "IfNotPresent",
        description="Always: the registry is asked at each start, as for the tag latest; a tag that has been moved "
        "brings another version then.",
        json_schema_extra={"fact": "kubernetes.pod.image_pull_policy"},
    )

    @property
    def always(self) -> bool:
        """Whether a start needs the registry even where the image is on the node."""
        return self.policy == "Always"


class Herd(Model):
    """What comes at once when a service is back: reconnects, empty caches."""

    factor: Number = Field(2.0, ge=1, description="So many times the usual demand.")
    lasts: Duration = Field("5m", gt=0, description="For so long after it is up again.")


class Admission(Model):
    """Users are let in step by step when a service is back."""

    step: Share = Field(0.1, gt=0, description="So much of the demand more at each step.")
    every: Duration = Field("5m", gt=0, description="Time between two steps.")


class Traffic(Model):
    """What users ask of a service, and what it can serve."""

    demand: Number = Field(gt=0, description="Requests per second of each cluster's own users.")
    capacity: Number = Field(gt=0, description="Requests per second that one replica can serve.")
    failover: Literal["none", "region", "any"] = Field(
        "none", description="Where users go whose cluster is down: to the others of the region, to any, or nowhere."
    )
    retries: Whole = Field(
        0, ge=0, le=100, description="How often a client repeats what has failed: an overload feeds itself."
    )
    overload: Literal["sheds", "collapses"] = Field(
        "sheds",
        description="sheds: what is too much is turned away, and the service is degraded; collapses: it goes down, "
        "comes back after CrashLoopBackOff, and meets the same demand again.",
    )
    herd: Herd | None = Field(None, description="What comes at once when it is back. Default: the usual demand.")
    admission: Admission | None = Field(None, description="Let in by steps when it is back. Default: all at once.")


class Service(Model):
    """So many replicas in every selected cluster, spread evenly over the nodes of a pool."""

    name: Name
    select: Selector = Field(
        default_factory=Selector,
        description="Clusters and pools that carry it; default: the workers of every cluster.",
    )
    replicas: Whole = Field(3, ge=1, le=100_000, description="Replicas in each cluster.")
    needs: CountOrShare = Field(1, description="It is up while at least so many replicas are available.")
    requires: list[Requirement] = Field(default_factory=list, description="Components and services it needs.")
    pdb: DisruptionBudget | None = Field(None, description="Its PodDisruptionBudget.")
    startup: DurationLike = sourced("pod.startup", "From scheduled to ready on another node, its image being there.")
    image: Image = Field(default_factory=Image, description="Its container image.")
    workload: Literal["deployment", "statefulset"] = Field(
        "deployment",
        description="statefulset: a replica of a lost node waits until the node is back or somebody has replaced it, "
        "and a new version replaces one replica at a time.",
        json_schema_extra={"fact": "kubernetes.statefulset.pod_management"},
    )
    max_unavailable: CountOrShareOrNone = Field(
        "25%",
        description="Replicas that a rolling update may take away at once; a share rounds down.",
        json_schema_extra={"fact": "kubernetes.deployment.max_unavailable"},
    )
    max_surge: CountOrShareOrNone = Field(
        "25%",
        description="Replicas that a rolling update may have too many; a share rounds up.",
        json_schema_extra={"fact": "kubernetes.deployment.max_surge"},
    )
    progress_deadline: Duration = sourced(
        "kubernetes.deployment.progress_deadline", "An update without progress for so long is told of; nothing else."
    )
    toleration: Duration | None = Field(
        None, description="How long its pods tolerate a node that is not ready; default: the cluster's."
    )
    via: Name | None = Field(
        None, description="The GitOps object that carries it: what prunes that deletes it. Default: the first."
    )
    pinned: bool = Field(
        False,
        description="Replicas stay on their node (local storage, one node a replica): a lost "
        "or drained node's replica waits for it.",
    )
    traffic: Traffic | None = Field(None, description="What users ask of it. Default: it is not counted.")
    slo: Share = Field(0.999, description="Availability objective, for the error budget.")

    @property
    def needs_count(self) -> int:
        """How many replicas `needs` means: a share rounds up, as a readiness quota does."""
        return self.needs if isinstance(self.needs, int) else max(1, -int(-self.needs * self.replicas // 1))

    def rolling_unavailable(self, replicas: int) -> int:
        """Replicas that a rolling update takes away at once."""
        if self.workload == "statefulset":
            return min(1, replicas)
        fewer, more = self.max_unavailable, self.rolling_surge(replicas)
        fewer = min(fewer if isinstance(fewer, int) else int(fewer * replicas + 1e-9), replicas)
        return fewer if fewer or more else min(1, replicas)  # Kubernetes does not let both come to nothing

    def rolling_surge(self, replicas: int) -> int:
        """Replicas that a rolling update makes before it takes any away."""
        if self.workload == "statefulset":
            return 0
        more = self.max_surge
        return more if isinstance(more, int) else -int(-more * replicas // 1)

    @model_validator(mode="after")
    def _can_be_updated(self):
        if self.workload == "deployment" and self.max_unavailable == 0 and self.max_surge == 0:
            raise ValueError("maxUnavailable and maxSurge can't both be 0: nothing could be replaced")
        if self.pinned and self.workload == "statefulset":
            raise ValueError("pinned replicas wait for their node anyway: leave out workload")
        return self
