"""Services: replicas over a node pool, and what they need."""

from __future__ import annotations

from pydantic import Field, model_validator

from simulator.scenario.base import CountOrShare, Model, Name, Share, Whole, one_of, sourced
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
    startup: DurationLike = sourced("pod.startup", "From scheduled to ready on another node.")
    pinned: bool = Field(
        False,
        description="Replicas stay on their node (local storage, one node a replica): a lost "
        "or drained node's replica waits for it.",
    )
    slo: Share = Field(0.999, description="Availability objective, for the error budget.")

    @property
    def needs_count(self) -> int:
        """How many replicas `needs` means: a share rounds up, as a readiness quota does."""
        return self.needs if isinstance(self.needs, int) else max(1, -int(-self.needs * self.replicas // 1))
