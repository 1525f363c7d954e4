"""Push from CI, the baseline: a pipeline connects to one cluster after the other and applies.

Nobody looks again: drift stays, a cluster that can't be reached during its turn is left out unless
the job is retried, and a deleted manifest is deleted only by those pipelines that say so.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from simulator.gitops.reconciler import Delivery, Reconciler
from simulator.kernel import NEVER, Station, moment
from simulator.scenario.base import Duration, sourced
from simulator.scenario.distribution import DurationLike
from simulator.scenario.gitops import Engine


class PushSettings(Engine):
    """A CI pipeline that pushes."""

    engine: Literal["push"] = "push"
    pipeline: DurationLike = sourced("push.pipeline_duration", "From the commit to the first cluster.")
    apply: DurationLike = sourced("push.apply_duration", "Applying to one cluster.")
    parallel: int = Field(10, ge=1, description="Clusters pushed to at once.")
    retries: int = Field(0, ge=0, description="How often a cluster that can't be reached is tried again.")
    retry_interval: Duration = Field("5m", gt=0, description="Wait before such a retry.")
    prune: bool = Field(False, description="The pipeline deletes what is no longer in Git.")


class Push(Reconciler):
    """The verbs of a pipeline."""

    settings = PushSettings
    keeps_trying = False

    def applied_at(self, delivery: Delivery, index: np.ndarray) -> np.ndarray:
        # The whole job is planned, for its runners are shared; only the asked part is returned.
        clusters, committed = delivery.clusters, delivery.committed
        event = moment(committed)
        started = committed + self.keyed.draw(self.say.pipeline, "push.pipeline", np.zeros(len(clusters), int), event)
        service = self.keyed.draw(self.say.apply, "push.apply", clusters, event)
        begins, ends = Station(self.say.parallel).serve(started, service)
        sure = np.isfinite(begins)
        reached = np.full(len(clusters), NEVER)
        reached[sure] = self.retried(("git", "api"), clusters[sure], begins[sure], self.say.retry_interval)
        kept = reached <= begins + self.say.retries * self.say.retry_interval
        return np.where(kept & sure, reached + (ends - begins), NEVER)[index]

    def prunes(self, carrier: str, everything: bool = False) -> bool:
        return self.say.prune


#: What this file adds to the vocabulary.
ENGINE = Push
