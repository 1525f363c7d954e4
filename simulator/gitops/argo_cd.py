"""Argo CD: applications that are compared with Git every few minutes, and synced when they differ.

A revision is tried so many times and then never again, whatever becomes of the cause; only a new commit starts afresh.
While Git, the repo-server, the hub or the cluster can't be asked, an application is Unknown, not OutOfSync: nothing is
synced and nothing is healed. Waves are applied one after the other, and one that is not healthy holds up the rest.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from simulator import facts
from simulator.gitops import argo_cd_controllers
from simulator.gitops.argo_cd_controllers import Controllers
from simulator.gitops.backlog import Backlog
from simulator.gitops.polling import Polling
from simulator.gitops.reconciler import API, Delivery, Surroundings
from simulator.gitops.throughput import Pauses
from simulator.kernel import NEVER, Intervals, Keyed, Polls, moment
from simulator.scenario.base import CountOrShare, Duration, Model, Name, Whole, count_of, sourced
from simulator.scenario.distribution import DurationLike
from simulator.scenario.gitops import Engine, Status
from simulator.scenario.selector import Selector


class Retry(Model):
    """What follows a sync that has failed."""

    limit: Whole = sourced(
        "argo-cd.sync_retry.limit", "Tries after the first; then this revision is given up.", reading="number", ge=0
    )
    duration: Duration = Field(
        "5s",
        gt=0,
        description="Wait before the first of them; each further wait is `factor` times as long.",
        json_schema_extra={"fact": "argo-cd.sync_retry.backoff"},
    )
    factor: Whole = Field(
        2, ge=1, description="See `duration`.", json_schema_extra={"fact": "argo-cd.sync_retry.backoff"}
    )
    max_duration: Duration = Field(
        "3m", gt=0, description="The longest wait.", json_schema_extra={"fact": "argo-cd.sync_retry.backoff"}
    )

    def waits(self) -> np.ndarray:
        """Seconds before each of the tries after the first."""
        return np.minimum(self.duration * float(self.factor) ** np.arange(self.limit), self.max_duration)


class Hook(Model):
    """A Job that runs before (PreSync) or after (PostSync) a sync."""

    duration: DurationLike = Field("30s", description="How long it takes.")
    requires: list[str] = Field(default_factory=list, description="Without these it fails, and the sync with it.")

    def references(self) -> list[tuple[tuple, str]]:
        return [(("requires", k), name) for k, name in enumerate(self.requires)]


class Wave(Model):
    """A sync wave of an application."""

    name: Name
    health: list[str] = Field(
        default_factory=list,
        description="Components and services that are healthy only while up; the next wave waits for them.",
        json_schema_extra={"fact": "argo-cd.sync_waves.blocking"},
    )

    def references(self) -> list[tuple[tuple, str]]:
        return [(("health", k), name) for k, name in enumerate(self.health)]


class Application(Model):
    """An Application: a folder of Git, synced to every cluster."""

    name: Name
    per_cluster: Whole = Field(
        1,
        ge=1,
        description="Applications like it in every cluster: a commit makes work for all of them, and a cluster has it "
        "when the last of them is synced.",
    )
    auto_sync: bool = Field(True, description="Sync when Git and the cluster differ; otherwise somebody has to.")
    prune: bool = sourced("argo-cd.autosync.prune", "Delete what is no longer in Git.", reading="flag")
    allow_empty: bool = Field(
        False,
        description="Let a sync delete every resource of the application.",
        json_schema_extra={"fact": "argo-cd.autosync.wipe_guard"},
    )
    self_heal: bool = Field(
        False,
        description="Put right what somebody has changed in the cluster.",
        json_schema_extra={"fact": "argo-cd.selfheal.scope"},
    )
    retry: Retry = Field(default_factory=Retry, description="What follows a sync that has failed.")
    pre_sync: Hook | None = Field(None, description="Before the first wave.")
    post_sync: Hook | None = Field(None, description="After the last wave.")
    waves: list[Wave] = Field(
        default_factory=list, description="In this order; a change travels by the application, or by application.wave."
    )
    app_of_apps: bool = Field(
        False,
        description="What its waves hold are Applications: each is healthy as soon as it is there.",
        json_schema_extra={"fact": "argo-cd.app_of_apps.health"},
    )
    application_health: bool = Field(
        False, description="The custom health check for Applications, so that waves wait for what they hold."
    )

    @property
    def waits_for_waves(self) -> bool:
        """Whether a wave waits until the one before is healthy."""
        return not self.app_of_apps or self.application_health


class Step(Model):
    """A step of a progressive sync."""

    select: Selector = Field(default_factory=Selector, description="Its clusters.")
    max_update: CountOrShare = Field(
        "100%",
        description="Clusters of the step that are synced at once.",
        json_schema_extra={"fact": "argo-cd.applicationset.maxupdate"},
    )


class RollingSync(Model):
    """An ApplicationSet that syncs its applications step by step, in place of auto-sync."""

    steps: list[Step] = Field(
        min_length=1, description="A step begins when every application of the one before is healthy. No time limit."
    )


class ArgoCDSettings(Engine):
    """Argo CD."""

    tells_status: ClassVar = True
    engine: Literal["argo-cd"] = "argo-cd"
    version: Literal["2.10", "2.13", "2.14", "3.0", "3.1"] = Field(
        "3.1",
        description="Decides how often applications are compared, and how fast self-heal is.",
        json_schema_extra={"fact": "argo-cd.reconciliation_timeout.v3_0_plus"},
    )
    topology: Literal["hub", "per-cluster"] = Field(
        "hub", description="hub: one Argo CD for all clusters, which needs the component hub; per-cluster: one in each."
    )
    webhook: bool = Field(
        False,
        description="Git calls, so that applications are compared at once.",
        json_schema_extra={"fact": "argo-cd.webhook"},
    )
    applications: list[Application] = Field(
        default_factory=lambda: [Application(name="apps")], min_length=1, description="What follows Git."
    )
    controllers: Controllers = Field(
        default_factory=Controllers, description="What the application controllers can do at once."
    )
    rolling_sync: RollingSync | None = Field(
        None,
        description="Progressive syncs of an ApplicationSet: they switch auto-sync, and so self-heal, off.",
        json_schema_extra={"fact": "argo-cd.applicationset.rollingsync"},
    )
    compare: Duration = sourced(
        "argo-cd.compare_duration",
        "Rendering and comparing an application that has a new revision. What is rendered is cached, and comparing it "
        "again costs nothing.",
    )
    apply: Duration = sourced("argo-cd.apply_duration", "Applying one wave.")

    def carriers(self) -> list[tuple[str, Model]]:
        return [
            found
            for app in self.applications
            for found in ((app.name, app), *((f"{app.name}.{wave.name}", app) for wave in app.waves))
        ]

    def mistakes(self) -> list[tuple[tuple, str]]:
        if self.topology == "per-cluster" and self.controllers.shards > 1:
            message = "shards part the clusters of a hub; an Argo CD in each cluster has one cluster: leave shards out"
            return [(("controllers", "shards"), message)]
        return []


#: Version -> (seconds between two comparisons, what is added at random at most).
_POLLING = {
    "2": (facts.get("argo-cd.reconciliation_timeout.v2_14").seconds, 0.0),
    "3": (
        facts.get("argo-cd.reconciliation_timeout.v3_0_plus").seconds,
        facts.get("argo-cd.reconciliation_jitter.v3_0_plus").seconds,
    ),
}
#: Seconds before self-heal acts, the first time, the second time, and so on: 2 s, three times as long each time.
_HEALING = np.array([2.0, 6.0, 18.0, 54.0, 162.0, 300.0])

#: What a sync itself fails on; anything else keeps it from beginning.
_FATAL = ("admission", "quota")


class _Syncs:
    """The sync operations of one commit, by cluster: when each began and ended, and whether it failed."""

    def __init__(self, delivery: Delivery, clusters: int) -> None:
        self.delivery = delivery
        self.began, self.ended = np.full(clusters, NEVER), np.full(clusters, NEVER)
        self.failed = np.zeros(clusters, bool)

    def record(self, clusters: np.ndarray, began: np.ndarray, ended: np.ndarray, failed: np.ndarray) -> None:
        self.began[clusters], self.ended[clusters], self.failed[clusters] = began, ended, failed
        # What has failed is over: nothing is running while it is not tried again.
        given_up = failed & ~np.isfinite(ended)
        self.ended[clusters[given_up]] = began[given_up]


class ArgoCD(Polling):
    """The verbs of Argo CD."""

    settings = ArgoCDSettings
    keeps_trying = False

    def __init__(self, settings: ArgoCDSettings, keyed: Keyed, around: Surroundings) -> None:
        self._apps = {carrier: app for carrier, app in settings.carriers()}
        super().__init__(settings, keyed, around)
        self.heeds_health = settings.rolling_sync is not None or any(app.waves for app in settings.applications)
        self.asks = ("git", "repo-server", API) + (("hub",) if settings.topology == "hub" else ())
        self.backlog, self._pauses = Backlog(self._begins, settings.apply), Pauses(np.zeros(0), np.zeros(0))
        self._heals: dict[str, list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = {}
        self._syncs: list[_Syncs] = []

    def timers(self) -> dict[str, Polls]:
        timeout, jitter = _POLLING[self.say.version[0]]
        period, around = timeout + jitter / 2, self.around
        polls = {
            app.name: Polls(
                self.keyed, f"argo-cd.{app.name}", around.clusters, period, jitter / 2 / period, around.horizon
            )
            for app in self.say.applications
        }
        return {carrier: polls[app.name] for carrier, app in self._apps.items()}

    # --- syncing ------------------------------------------------------------------------------------------------

    def deliver(self, number: int, carrier: str | None, clusters: np.ndarray, committed: np.ndarray) -> Delivery:
        delivery = super().deliver(number, carrier, clusters, committed)
        self._bring_along(delivery)
        return delivery

    def _bring_along(self, newer: Delivery) -> None:
        """A sync applies all of HEAD: what had been given up comes with the next commit to its application."""
        app = self._apps[newer.carrier]
        if not app.auto_sync:
            return
        for older in self.deliveries[:-1]:
            if self._apps[older.carrier] is not app:
                continue
            index = np.flatnonzero(~np.isfinite(older.applied) & np.isfinite(older.committed))
            applied = _brought_by(newer, older.clusters[index], older.committed[index])
            index, applied = index[np.isfinite(applied)], applied[np.isfinite(applied)]
            if index.size:
                older.applied[index] = applied
                if older.moved:
                    older.moved(index, older.applied[index])

    def applied_at(self, delivery: Delivery, index: np.ndarray) -> np.ndarray:
        app, rolling = self._apps[delivery.carrier], self.say.rolling_sync
        clusters, committed = delivery.clusters, delivery.committed
        if rolling is None:
            clusters, committed = clusters[index], committed[index]
        seen = self.seen_at(delivery.carrier, clusters, committed)
        delivery.seen[index if rolling is None else slice(None)] = seen + self.say.compare
        if rolling is None:
            if not app.auto_sync:
                return np.full(len(index), NEVER)
            applied = self._synced_at(delivery, index, seen)
            return np.minimum(applied, self._with_later(delivery, clusters, committed))
        # A step waits for all clusters of the one before: the whole delivery is planned.
        return self._step_by_step(delivery, clusters, seen, rolling)[index]

    def _with_later(self, delivery: Delivery, clusters: np.ndarray, committed: np.ndarray) -> np.ndarray:
        """When a later commit to the same application is applied."""
        found, app, later = np.full(len(clusters), NEVER), self._apps[delivery.carrier], False
        for other in self.deliveries:
            if later and self._apps[other.carrier] is app:
                np.minimum(found, _brought_by(other, clusters, committed), out=found)
            later |= other is delivery
        return found

    def _synced_at(self, delivery: Delivery, index: np.ndarray, seen: np.ndarray, begin: float = 0.0) -> np.ndarray:
        """When the resources that a change is among are applied by a sync, in some clusters of a delivery, whose
        comparison is due at a time, and which does not start before another; NEVER when it is given up, or held up for
        good."""
        app, wave, clusters = self._apps[delivery.carrier], self._wave(delivery.carrier), delivery.clusters[index]
        waits = self._waits(delivery, app, index, np.maximum(seen, begin))
        start = self._free_from(delivery, app, clusters, np.maximum(seen + self.say.compare, begin) + waits)
        begins, down = start.copy(), self.outages(_FATAL, clusters)
        if app.pre_sync is not None:
            begins += self._hook_lasts(app.pre_sync, f"{app.name}.pre-sync", clusters, start)
            down += self.outages(tuple(app.pre_sync.requires), clusters)
        at = self._tried(app.retry, down, clusters, begins) + self.say.apply
        pause, applied = facts.get("argo-cd.sync_wave_delay").seconds, at
        for number, item in enumerate(app.waves):
            if number:
                at = at + pause + self.say.apply
            if number == wave:
                applied = at
            if app.waits_for_waves and item.health and number + 1 < len(app.waves):
                at = self.around.unhealthy(item.health, self.mask(clusters)).over_from(clusters, at)
        failed = ~np.isfinite(applied)
        if app.post_sync is not None:
            at = at + self._hook_lasts(app.post_sync, f"{app.name}.post-sync", clusters, at)
            failed |= self.up_from(self.outages(tuple(app.post_sync.requires), clusters), clusters, at) > at
        self._syncs_of(delivery).record(clusters, start, at, failed)
        return applied

    def _waits(self, delivery: Delivery, app: Application, index: np.ndarray, due: np.ndarray) -> np.ndarray:
        """How long applications that are due at a time wait for the controllers. What had to wait has been rendered
        meanwhile, and needs neither Git nor the repo-server; but somebody has to apply it, and somewhere."""
        clusters, number = delivery.clusters, self.say.applications.index(app)
        many = {number: app.per_cluster}
        (turn,) = self.backlog.begins(delivery, many, clusters, delivery.committed, index, due)
        late, waits = np.flatnonzero(turn > due), np.zeros(len(due))
        where = clusters[index[late]]
        waits[late] = self.up_from(self.outages(self.asks[2:], where), where, turn[late]) - due[late]
        return waits

    def _begins(self, _: np.ndarray, clusters: np.ndarray, at: np.ndarray, count: np.ndarray) -> np.ndarray:
        say, hub = self.say, self.say.topology == "hub"
        worked = self._pauses.worked(at)
        begins = argo_cd_controllers.begins(say.controllers, hub, say.compare, say.apply, clusters, worked, count)
        return self._pauses.back(at, begins)

    def replan(self, now: float, clusters: np.ndarray) -> None:
        if "hub" in self.asks:  # while it is down nothing is worked off
            down = self.around.down("hub", self.mask(np.zeros(1, int))).clip(0.0, self.around.horizon)
            pauses = Pauses(down.begin, down.end)
            if pauses != self._pauses:
                self._pauses = pauses
                self.backlog.again()
        super().replan(now, clusters)

    def _hook_lasts(self, hook: Hook, purpose: str, clusters: np.ndarray, at: np.ndarray) -> np.ndarray:
        event = moment(at)
        return self.keyed.draw(hook.duration, f"argo-cd.{purpose}", clusters, event)

    def _syncs_of(self, delivery: Delivery) -> _Syncs:
        found = next((syncs for syncs in self._syncs if syncs.delivery is delivery), None)
        if found is None:
            found = _Syncs(delivery, self.around.clusters)
            self._syncs.append(found)
        return found

    def _wave(self, carrier: str) -> int:
        names = [wave.name for wave in self._apps[carrier].waves]
        wave = carrier.partition(".")[2] if carrier not in [a.name for a in self.say.applications] else ""
        return names.index(wave) if wave in names else 0

    def _free_from(self, delivery: Delivery, app: Application, clusters: np.ndarray, start: np.ndarray) -> np.ndarray:
        """While a sync of the application is running no other starts: when it is over, at or after a time."""
        found = start.copy()
        for syncs in self._syncs:
            if syncs.delivery is not delivery and self._apps[syncs.delivery.carrier] is app:
                found = np.where(
                    (syncs.began[clusters] <= found) & (syncs.ended[clusters] > found), syncs.ended[clusters], found
                )
        return found

    def _tried(self, retry: Retry, down: list[Intervals], clusters: np.ndarray, first: np.ndarray) -> np.ndarray:
        """The first of the tries that finds everything up; NEVER when all of them have failed."""
        at, found = first.copy(), np.full(len(first), NEVER)
        for wait in (*retry.waits(), None):
            well = (self.up_from(down, clusters, at) <= at) & ~np.isfinite(found)
            found[well] = at[well]
            if wait is None:
                return found
            at = at + self.say.apply + wait
        return found

    def _step_by_step(
        self, delivery: Delivery, clusters: np.ndarray, seen: np.ndarray, rolling: RollingSync
    ) -> np.ndarray:
        applied, begin, done = np.full(len(clusters), NEVER), 0.0, np.zeros(len(clusters), bool)
        for step in rolling.steps:
            mine = np.flatnonzero(self.around.select(step.select)[clusters] & ~done)
            done[mine] = True
            if not mine.size:
                continue
            size = count_of(step.max_update, len(mine))
            for k in range(0, len(mine), size):
                some = mine[k : k + size]
                applied[some] = self._synced_at(delivery, some, seen[some], begin)
                sick = self.around.unhealthy(None, self.mask(clusters[some]))
                begin = float(sick.over_from(clusters[some], applied[some]).max())
        return applied

    # --- what somebody has changed ------------------------------------------------------------------------------

    def corrected_at(self, carrier: str, clusters: np.ndarray, edited: np.ndarray) -> np.ndarray:
        app = self._apps[carrier]
        if not (app.self_heal and app.auto_sync) or self.say.rolling_sync is not None:
            return np.full(len(clusters), NEVER)
        healed = self.looks_at(carrier, clusters, edited, at_once=True)
        healed += self._healing_delay(app, clusters, edited)
        number, everywhere = self.say.applications.index(app), np.arange(len(clusters))
        (healed,) = self.backlog.begins(None, {number: 1}, clusters, edited, everywhere, healed)
        healed = healed + self.say.apply
        self._make_way()
        healed[self._has_failed(app, clusters, edited)] = NEVER
        self._heals.setdefault(app.name, []).append((clusters, edited, healed))
        return healed

    def _healing_delay(self, app: Application, clusters: np.ndarray, edited: np.ndarray) -> np.ndarray:
        """Each time the same application has to be healed again soon, it takes longer."""
        if self.say.version == "2.10":
            return np.full(len(clusters), facts.get("argo-cd.selfheal.timeout.v2_10").seconds)
        cooldown = facts.get("argo-cd.selfheal.backoff_cooldown").seconds if self.say.version == "3.1" else NEVER
        count, last = np.zeros(self.around.clusters, int), np.full(self.around.clusters, -NEVER)
        for where, drifted, healed in self._heals.get(app.name, []):
            done = np.isfinite(healed)
            where, drifted, healed = where[done], drifted[done], healed[done]
            count[where] = np.where(drifted - last[where] <= cooldown, count[where] + 1, 1)
            last[where] = healed
        again = edited - last[clusters] <= cooldown
        return _HEALING[np.minimum(np.where(again, count[clusters], 0), len(_HEALING) - 1)]

    def _has_failed(self, app: Application, clusters: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Where the last sync was given up: self-heal needs one that has succeeded."""
        failed = np.zeros(len(clusters), bool)
        for syncs in self._syncs:
            if self._apps[syncs.delivery.carrier] is app:
                before = syncs.began[clusters] <= at
                failed[before] = syncs.failed[clusters[before]]
        return failed

    # --- what the applications show -----------------------------------------------------------------------------

    def drift_shows(self, carrier: str, clusters: np.ndarray, begin: np.ndarray, end: np.ndarray) -> Intervals:
        seen = self.looks_at(carrier, clusters, begin, at_once=True)
        return Intervals.of(clusters, seen, end).minus(self.unknown(self.mask(clusters)))

    def behind(self, status: Status) -> tuple[str, ...]:
        if status == "unknown":
            return self.asks
        hooks = [hook for app in self.say.applications for hook in (app.pre_sync, app.post_sync) if hook is not None]
        waves = [name for app in self.say.applications for wave in app.waves for name in wave.health]
        return (*_FATAL, *(name for hook in hooks for name in hook.requires), *waves)

    # --- what it does and what it refuses -----------------------------------------------------------------------

    def prunes(self, carrier: str, everything: bool = False) -> bool:
        app = self._apps[carrier]
        return app.prune and (app.allow_empty or not everything)

    def refuses_rollback(self, carrier: str) -> str:
        on = self._apps[carrier].auto_sync and self.say.rolling_sync is None
        return "Argo CD does not roll back an application while auto-sync is on" if on else ""


def _brought_by(newer: Delivery, clusters: np.ndarray, committed: np.ndarray) -> np.ndarray:
    """When a delivery applies, with its first commit that was merged no earlier, what was committed to clusters."""
    sure = np.flatnonzero(np.isfinite(newer.committed))
    span = 1.0 + max(committed.max(initial=0.0, where=np.isfinite(committed)), newer.committed[sure].max(initial=0.0))
    keys = newer.clusters[sure] * span + newer.committed[sure]
    order = np.argsort(keys, kind="stable")
    next_ = np.searchsorted(keys[order], clusters * span + committed)
    found = np.full(len(clusters), NEVER)
    there = np.flatnonzero(next_ < len(sure))
    which = sure[order[next_[there]]]
    same = newer.clusters[which] == clusters[there]
    found[there[same]] = newer.applied[which[same]]
    return found


#: What this file adds to the vocabulary.
ENGINE = ArgoCD
