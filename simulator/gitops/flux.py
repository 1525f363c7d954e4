"""Flux: a source that is looked at every minute, Kustomizations and HelmReleases that follow it.

Each cluster runs its own controllers. A new revision is applied at once; what failed waits for
retryInterval, which equals the interval unless somebody sets it; a Kustomization puts drift right at
every reconcile, a HelmRelease does not, and neither goes back to an older revision by itself.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from simulator import facts
from simulator.gitops.backlog import Backlog
from simulator.gitops.polling import Polling
from simulator.gitops.reconciler import API, Delivery, Surroundings
from simulator.gitops.throughput import Arrivals
from simulator.kernel import NEVER, Intervals, Keyed, Polls, backoff
from simulator.scenario.base import Duration, Model, Name, Whole, sourced
from simulator.scenario.errors import nearest
from simulator.scenario.gitops import Engine, Status


class Kustomization(Model):
    """A Kustomization: a folder of manifests, applied by server-side apply."""

    name: Name
    per_cluster: Whole = Field(
        1,
        ge=1,
        description="Kustomizations like it in every cluster: a new revision makes all of them reconcile (and those of "
        "all others), and has come when the last of them has it.",
        json_schema_extra={"fact": "flux.kustomization.new_revision"},
    )
    interval: Duration = sourced("flux.bootstrap.kustomization_interval", "Time between two reconciles.", gt=0)
    retry_interval: Duration | None = Field(
        None,
        gt=0,
        description="Wait after a failure; default: the interval.",
        json_schema_extra={"fact": "flux.kustomization.retry_interval"},
    )
    depends_on: list[Name] = Field(
        default_factory=list, description="Kustomizations that must be ready at the same revision first."
    )
    prune: bool = Field(
        True,
        description="Delete what is no longer in Git (a required choice in Flux).",
        json_schema_extra={"fact": "flux.kustomization.prune"},
    )
    wait: bool = Field(False, description="Ready only when what it applied is healthy.")
    timeout: Duration | None = Field(
        None,
        gt=0,
        description="For apply and health checks; default: the interval minus 30 s.",
        json_schema_extra={"fact": "flux.kustomization.timeout"},
    )

    @property
    def retry(self) -> float:
        """Seconds until a failed reconcile is tried again."""
        return self.interval if self.retry_interval is None else self.retry_interval


class HelmRelease(Model):
    """A HelmRelease: a chart, installed and upgraded by Helm."""

    name: Name
    per_cluster: Whole = Field(
        1,
        ge=1,
        description="HelmReleases like it in every cluster: a change makes all of them upgrade, and has come when the "
        "last of them has it.",
    )
    interval: Duration = sourced("flux.bootstrap.kustomization_interval", "Time between two reconciles.", gt=0)
    timeout: Duration = sourced("flux.helmrelease.timeout", "How long an upgrade may take to become healthy.")
    drift_detection: Literal["disabled", "enabled"] = Field(
        "disabled",
        description="enabled: drift is put right at the next reconcile.",
        json_schema_extra={"fact": "flux.helmrelease.drift_detection"},
    )
    retries: int = sourced(
        "flux.helmrelease.remediation_retries",
        "Upgrades tried again; with 0 a failed one stays.",
        reading="number",
        ge=0,
    )
    remediate_last_failure: bool | None = Field(
        None,
        description="Roll back after the last failure; default: only when retries is above 0.",
        json_schema_extra={"fact": "flux.helmrelease.remediate_last_failure"},
    )

    @property
    def rolls_back(self) -> bool:
        """Whether an upgrade that stays unhealthy ends in a rollback."""
        return self.retries > 0 if self.remediate_last_failure is None else self.remediate_last_failure


class Concurrency(Model):
    """How many objects a controller reconciles at once."""

    kustomizations: Whole = sourced(
        "flux.kustomize_controller.concurrency", "Kustomizations, in each cluster.", reading="number", ge=1
    )
    helm_releases: Whole = sourced(
        "flux.helm_controller.concurrency", "HelmReleases, in each cluster.", reading="number", ge=1
    )


class FluxSettings(Engine):
    """Flux in every cluster."""

    tells_status: ClassVar = True
    engine: Literal["flux"] = "flux"
    interval: Duration = sourced("flux.bootstrap.gitrepository_interval", "How often the source looks at Git.", gt=0)
    webhook: bool = Field(
        False,
        description="Git calls the receiver, so the source looks at once.",
        json_schema_extra={"fact": "flux.webhook_receiver"},
    )
    kustomizations: list[Kustomization] = Field(
        default_factory=lambda: [Kustomization(name="apps")], description="What follows it."
    )
    helm_releases: list[HelmRelease] = Field(default_factory=list, description="What follows it by Helm.")
    concurrency: Concurrency = Field(default_factory=Concurrency, description="Workers of the controllers.")
    fetch: Duration = sourced("flux.fetch_duration", "Fetching a revision and packing the artifact.")
    apply: Duration = sourced("flux.apply_duration", "Applying one Kustomization or chart.")

    def carriers(self) -> list[tuple[str, Model]]:
        return [(item.name, item) for item in (*self.kustomizations, *self.helm_releases)]

    def mistakes(self) -> list[tuple[tuple, str]]:
        names = [k.name for k in self.kustomizations]
        found = [
            (("kustomizations", i, "dependsOn", j), f"there is no Kustomization {name!r}{nearest(name, names)}")
            for i, item in enumerate(self.kustomizations)
            for j, name in enumerate(item.depends_on)
            if name not in names
        ]
        if not found:
            waits = {item.name: set(item.depends_on) for item in self.kustomizations}
            while ready := [name for name, on in waits.items() if not on & waits.keys()]:
                for name in ready:
                    del waits[name]
            if waits:
                found.append((("kustomizations",), f"dependsOn goes in a circle: {', '.join(sorted(waits))}"))
        if not names and not self.helm_releases:
            found.append((("kustomizations",), "at least one Kustomization or HelmRelease is needed"))
        taken = set(names)
        found += [
            (("helmReleases", i, "name"), f"the name {item.name!r} is taken by a Kustomization")
            for i, item in enumerate(self.helm_releases)
            if item.name in taken
        ]
        return found


class Flux(Polling):
    """The verbs of Flux."""

    settings = FluxSettings

    def __init__(self, settings: FluxSettings, keyed: Keyed, around: Surroundings) -> None:
        super().__init__(settings, keyed, around)
        self._source = self._timer("source", settings.interval)
        self._carriers = dict(settings.carriers())
        self.heeds_health = any(item.wait for item in settings.kustomizations)
        self.backlog = Backlog(self._begins, settings.apply)
        self._numbers = {name: number for number, name in enumerate(self._carriers)}

    def timers(self) -> dict[str, Polls]:
        return {name: self._timer(name, item.interval) for name, item in self.say.carriers()}

    def _timer(self, name: str, interval: float) -> Polls:
        jitter = facts.get("flux.interval_jitter").number / 100.0
        return Polls(self.keyed, f"flux.{name}", self.around.clusters, interval, jitter, self.around.horizon)

    def applied_at(self, delivery: Delivery, index: np.ndarray) -> np.ndarray:
        clusters, committed = delivery.clusters[index], delivery.committed[index]
        artifact = self.seen_at(delivery.carrier, clusters, committed) + self.say.fetch
        delivery.seen[index] = artifact
        return self._ready_at(delivery.carrier, clusters, artifact, self._turns(delivery, index, artifact))[0]

    def _turns(self, delivery: Delivery, index: np.ndarray, artifact: np.ndarray) -> dict[str, np.ndarray]:
        """When the workers get to each object that a revision makes reconcile: all Kustomizations, in their order, or
        the HelmRelease. One that waits for another looks in when it is its turn, and lets go."""
        helm = isinstance(self._carriers[delivery.carrier], HelmRelease)
        items = [self._carriers[delivery.carrier]] if helm else self.say.kustomizations
        many = {self._numbers[item.name]: item.per_cluster for item in items}
        found = self.backlog.begins(delivery, many, delivery.clusters, delivery.committed, index, artifact)
        return {item.name: turns for item, turns in zip(items, found, strict=True)}

    def _begins(self, carrier: np.ndarray, clusters: np.ndarray, at: np.ndarray, count: np.ndarray) -> np.ndarray:
        say, found = self.say.concurrency, np.full(len(at), NEVER)
        helm = carrier >= len(self.say.kustomizations)
        for some, workers in ((~helm, say.kustomizations), (helm, say.helm_releases)):
            found[some] = Arrivals(clusters[some], at[some], count[some]).served(workers, self.say.apply)
        return found

    def seen_at(self, carrier: str, clusters: np.ndarray, committed: np.ndarray) -> np.ndarray:
        """When the source sees a commit: at its next look, or at the first that succeeds after an outage of Git."""
        outage = self.around.down("git", self.mask(clusters))
        if self.say.webhook:  # Git calls as soon as it has the commit
            return np.maximum(outage.over_from(clusters, np.nextafter(committed, -np.inf)), committed)
        seen = self._source.next_after(clusters, committed)
        for entity, begin, end in zip(*self._not_ready(outage), strict=True):
            caught = (clusters == entity) & (seen >= begin) & (seen < end)
            seen[caught] = end
        return seen

    def _not_ready(self, outage: Intervals) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """When sources are not Ready because of an outage of Git: clusters, from when, until when. A source that fails
        leaves its interval and backs off, from the first look that fails on."""
        if not len(outage):
            return outage.entity, outage.begin, outage.end
        first = self._source.next_after(outage.entity, np.nextafter(outage.begin, np.inf))
        failed = first < outage.end
        gap, longest = facts.get("flux.retry.min_delay").seconds, facts.get("flux.retry.max_delay").seconds
        back = backoff.after(first, outage.end, gap, 2.0, longest)
        return outage.entity[failed], first[failed], back[failed]

    def _ready_at(
        self, carrier: str, clusters: np.ndarray, artifact: np.ndarray, turns: dict[str, np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray]:
        """When a carrier has applied an artifact, and when it is Ready (which gates those that depend on it)."""
        item = self._carriers[carrier]
        start, retry = turns[carrier], item.interval
        if isinstance(item, Kustomization):
            retry = item.retry
            requeue = facts.get("flux.kustomization.depends_on_requeue").seconds
            for name in item.depends_on:
                ready = self._ready_at(name, clusters, artifact, turns)[1]
                waits = ready > start
                start = np.where(
                    waits, artifact + np.ceil((np.where(waits, ready, artifact) - artifact) / requeue) * requeue, start
                )
        applied = self.retried((API, "admission"), clusters, start, retry) + self.say.apply
        ready = applied
        if isinstance(item, Kustomization) and item.wait:
            timeout = item.timeout if item.timeout is not None else max(30.0, item.interval - 30.0)
            healthy = self.around.unhealthy(None, self.mask(clusters)).over_from(clusters, applied)
            # A health check looks until its timeout; the next one begins retryInterval later.
            late = np.flatnonzero((healthy > applied + timeout) & np.isfinite(healthy))
            into = np.mod(healthy[late] - applied[late], timeout + retry)
            ready = healthy
            ready[late] += np.where(into > timeout, timeout + retry - into, 0.0)
        return applied, ready

    def corrected_at(self, carrier: str, clusters: np.ndarray, edited: np.ndarray) -> np.ndarray:
        item = self._carriers[carrier]
        if isinstance(item, HelmRelease) and item.drift_detection == "disabled":
            return np.full(len(clusters), NEVER)
        first = self.polls[carrier].next_after(clusters, edited)
        retry = item.retry if isinstance(item, Kustomization) else item.interval
        return self.retried((API, "admission"), clusters, first, retry) + self.say.apply

    # --- what the objects show ----------------------------------------------------------------------------------

    def unknown(self, clusters: np.ndarray) -> Intervals:
        # A source that can't fetch; and controllers that can't ask their own API server
        return Intervals.of(*self._not_ready(self.around.down("git", clusters))).union(self.around.down(API, clusters))

    def out_of_sync(self, clusters: np.ndarray) -> Intervals:
        return self.lacking(clusters).minus(self.around.down(API, clusters))

    def behind(self, status: Status) -> tuple[str, ...]:
        return ("git", API) if status == "unknown" else ("admission", API)

    # --- what it does and what it refuses -----------------------------------------------------------------------

    def prunes(self, carrier: str, everything: bool = False) -> bool:
        item = self._carriers[carrier]
        return isinstance(item, HelmRelease) or item.prune

    def remedied_after(self, carrier: str) -> float:
        item = self._carriers[carrier]
        if isinstance(item, HelmRelease) and item.rolls_back:
            return item.timeout * (item.retries + 1)
        return NEVER


#: What this file adds to the vocabulary.
ENGINE = Flux
