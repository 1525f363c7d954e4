"""Rolling updates: a version replaces another pod by pod, so many more and so many fewer at once.

Pods that do not get ready stop the update, and nothing goes back by itself: the progress deadline only
tells. Pods that break later are restarted with growing gaps, all of them, for by then they are everywhere.
A disruption budget is not asked; but what is missing here uses it up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from simulator import facts
from simulator.clusters.images import ImagePulls
from simulator.kernel import NEVER, Intervals, Keyed, Weighted, joined
from simulator.scenario.service import Service


@dataclass(frozen=True)
class Release:
    """A version of a service that comes to clusters, one element for each.

    number: of the change that brings it. at: when it is applied. fails_from, fails_until: when its pods begin to fail,
    and when another version takes their place (NEVER: they do not). after: how long a pod runs before it fails, s.
    hangs: they stand still instead of ending, so that nothing restarts them. removes: all pods are deleted from
    fails_from to fails_until.
    """

    number: int
    clusters: np.ndarray
    at: np.ndarray
    fails_from: np.ndarray
    fails_until: np.ndarray
    after: np.ndarray
    hangs: bool = False
    removes: bool = False

    def of(self, chosen: np.ndarray) -> Release:
        """The part of some elements (bool)."""
        parts = (self.clusters, self.at, self.fails_from, self.fails_until, self.after)
        return Release(self.number, *(part[chosen] for part in parts), self.hangs, self.removes)

    def until(self, ends: np.ndarray) -> Release:
        """Overtaken by another at `ends` (for each)."""
        return replace(self, fails_until=np.minimum(self.fails_until, np.maximum(ends, self.fails_from)))


class Releases:
    """The rolling updates of one service.

    replicas: by cluster. releases: asks for all releases as planned now. image_gc: for how long an image that nothing
    uses stays on a node, s (NEVER: for good).
    """

    def __init__(
        self,
        service: Service,
        replicas: np.ndarray,
        pulls: ImagePulls,
        releases: Callable[[], list[Release]],
        image_gc: float,
        keyed: Keyed,
        horizon: float,
    ) -> None:
        self._say, self._replicas, self._pulls, self._ask, self._keyed = service, replicas, pulls, releases, keyed
        self._image_gc, self._horizon = image_gc, horizon
        self._down = np.array([service.rolling_unavailable(int(n)) for n in replicas])
        self._up = np.array([service.rolling_surge(int(n)) for n in replicas])
        self._first_gap = facts.get("kubernetes.pod.crashloop_backoff").seconds
        self._longest_gap = facts.get("kubernetes.pod.image_pull_backoff_max").seconds
        self._reset = facts.get("kubernetes.pod.crashloop_reset").seconds

    def missing(self, clusters: np.ndarray) -> Weighted:
        """When how many replicas are missing because of releases, in some clusters (bool); entity is the cluster."""
        where, begin, end, count = joined(part for release in self._of(clusters) for part in self._missing(release))
        real = (end > begin) & (count > 0)
        return where[real], begin[real], end[real], count[real]

    def rolling(self, clusters: np.ndarray) -> Intervals:
        """When an update is under way, or stands still because its pods do not get ready."""
        found = []
        for release in self._of(clusters):
            fails = self._fails_at_once(release)
            done = np.where(fails, release.fails_until, self._waves(release)[-1] if len(release.at) else 0.0)
            found.append(Intervals.of(release.clusters, release.at, np.where(release.removes, release.at, done)))
        return Intervals.none().union(*found)

    def stalled(self, number: int) -> np.ndarray:
        """When the progress deadline of the updates of a change was over, where they stood still so long."""
        everywhere = np.ones(len(self._replicas), bool)
        told = []
        for release in self._of(everywhere):
            if release.number == number and not release.removes:
                waves = np.stack([release.at, *self._waves(release)])
                waves[1:, self._fails_at_once(release)] = NEVER
                stands = np.diff(np.minimum(waves, np.minimum(release.fails_until, 2 * self._horizon)), axis=0)
                late = stands > self._say.progress_deadline
                first = np.argmax(late, axis=0)
                told.append((waves[first, np.arange(len(release.at))] + self._say.progress_deadline)[late.any(axis=0)])
        return np.concatenate(told) if told else np.zeros(0)

    # --- one release -------------------------------------------------------------------------------------------

    def _of(self, clusters: np.ndarray) -> Iterator[Release]:
        """The releases that reach some clusters, each up to the one that overtakes it there."""
        asked = [release.of(clusters[release.clusters] & np.isfinite(release.at)) for release in self._ask()]
        asked = [release for release in asked if len(release.at)]
        for release in asked:
            ends = np.full(len(release.at), NEVER)
            for other in asked:
                if other is not release:
                    at = np.full(len(self._replicas), NEVER)
                    at[other.clusters] = other.at
                    later = at[release.clusters]
                    ends = np.where(later > release.at, np.minimum(ends, later), ends)
            yield release.until(ends)

    @staticmethod
    def _fails_at_once(release: Release) -> np.ndarray:
        return (release.fails_from <= release.at) & (release.fails_until > release.at)

    def _ready_after(self, release: Release, at: np.ndarray, pulls: np.ndarray) -> np.ndarray:
        """When pods that are started at a time are ready; pulls (bool): their image is not there yet."""
        event = np.where(np.isfinite(release.at), release.at * 1000, 0).astype(np.int64)
        name, image = self._say.name, self._say.image
        start = np.array(at, float)
        if image.always:
            start = self._pulls.pulled_at(release.clusters, start, 0.0)
        if pulls.any():
            lasts = self._keyed.draw(image.pull, f"{name}.pull", release.clusters[pulls], event[pulls])
            start[pulls] = self._pulls.pulled_at(release.clusters[pulls], start[pulls], lasts)
        return start + self._keyed.draw(self._say.startup, f"{name}.rollout", release.clusters, event)

    def _waves(self, release: Release) -> list[np.ndarray]:
        """When the pods of each wave are ready, wave by wave; each starts when the one before is ready."""
        size, left = self._wave(release), self._replicas[release.clusters].astype(int)
        at, everything, found = release.at, np.ones(len(release.at), bool), []
        for _ in range(int(np.max(-(-left // size), initial=1))):
            at = np.where(left > 0, self._ready_after(release, at, everything), at)
            left = left - size
            found.append(at)
        return found

    def _wave(self, release: Release) -> np.ndarray:
        """Pods that are made at once."""
        return self._down[release.clusters] + self._up[release.clusters]

    def _missing(self, release: Release) -> Iterator[Weighted]:
        where, total = release.clusters, self._replicas[release.clusters]
        fails = self._fails_at_once(release)
        cached = release.fails_until - release.at <= self._image_gc  # the version before, on nodes that ran it
        if release.removes:
            back = self._ready_after(release, release.fails_until, ~cached)
            yield where[fails], release.fails_from[fails], back[fails], total[fails]
            return
        if fails.any():
            stuck, few = release.of(fails), self._down[where[fails]]
            back = self._ready_after(stuck, stuck.fails_until, ~cached[fails])
            yield stuck.clusters, stuck.at, back, few
        if not fails.all():
            yield from self._rolled(release.of(~fails), cached[~fails])

    def _rolled(self, release: Release, cached: np.ndarray) -> Iterator[Weighted]:
        """Updates whose pods get ready; what fails later fails pod by pod, as each was started."""
        where, size, down = release.clusters, self._wave(release), self._down[release.clusters]
        total = self._replicas[where]
        begin, ready, back = release.at, np.zeros(len(where), int), release.fails_until
        breaks = np.isfinite(release.fails_from) & (release.fails_until > release.fails_from)
        first = None
        for at in self._waves(release):
            yield where, begin, at, np.minimum(down, total - ready)
            pods = np.minimum(size, total - ready)
            first = at if first is None else first
            if breaks.any():
                back = np.where(back < NEVER, self._ready_after(release, back, ~cached), NEVER)
                fails = release.fails_from + (at - first)
                part = release.of(breaks)
                yield from self._crashing(part, fails[breaks], back[breaks], pods[breaks])
            begin, ready = at, ready + pods

    def _crashing(self, release: Release, fails: np.ndarray, until: np.ndarray, pods: np.ndarray) -> Iterator[Weighted]:
        """Pods that end and are started anew, again and again, until another version takes their place."""
        if release.hangs:
            yield release.clusters, fails, until, pods
            return
        gap, horizon = np.full(len(fails), self._first_gap), self._horizon
        while ((fails < until) & (fails < horizon)).any():
            up = self._ready_after(release, fails + gap, np.zeros(len(fails), bool))
            yield release.clusters, fails, np.minimum(up, until), pods
            gap = np.where(release.after >= self._reset, self._first_gap, np.minimum(2 * gap, self._longest_gap))
            fails = up + np.maximum(release.after, 1.0)
