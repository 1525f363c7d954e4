"""A plain loop that pulls: it looks at Git every so often, applies what is new and puts drift right.

Flux and Argo CD are such loops with more to them, in files of their own. By itself it is the script that many clusters
begin with, and the stand-in of the lab gitops-drift.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from simulator.gitops.reconciler import API, Delivery, Reconciler, Surroundings
from simulator.kernel import NEVER, Intervals, Keyed, Polls, moment
from simulator.scenario.base import Duration, Number, sourced
from simulator.scenario.distribution import DurationLike
from simulator.scenario.gitops import Engine, Status


class PollingSettings(Engine):
    """A loop in every cluster that pulls, and no more."""

    tells_status: ClassVar = True
    engine: Literal["polling"] = "polling"
    interval: Duration = Field("1m", gt=0, description="From the beginning of one look at Git to that of the next.")
    jitter: Number = Field(
        0, ge=0, lt=1, description="How far an interval may be off, as a share of it: 0.1 of 10 s is 9 s to 11 s."
    )
    webhook: bool = Field(False, description="Git calls, so it looks at once.")
    apply: DurationLike = sourced("flux.apply_duration", "From a look that finds something to its having been applied.")
    self_heal: bool = Field(True, description="Every look puts right what somebody has changed by hand.")
    prune: bool = Field(True, description="Delete what is no longer in Git.")
    allow_empty: bool = Field(False, description="Prune even when nothing at all is left in Git.")


class Polling(Reconciler):
    """The verbs of a loop that pulls, and what engines that poll have in common."""

    settings = PollingSettings
    #: What has to be up when it looks.
    asks: tuple[str, ...] = ("git", API)

    def __init__(self, settings: Engine, keyed: Keyed, around: Surroundings) -> None:
        super().__init__(settings, keyed, around)
        #: When each carrier is looked at, by its name.
        self.polls = self.timers()

    def timers(self) -> dict[str, Polls]:
        """When each carrier is looked at."""
        say = self.say
        polls = Polls(self.keyed, "polling", self.around.clusters, say.interval, say.jitter, self.around.horizon)
        return {name: polls for name, _ in say.carriers()}

    # --- looking --------------------------------------------------------------------------------------------

    def looks_at(self, carrier: str, clusters: np.ndarray, at: np.ndarray, at_once: bool = False) -> np.ndarray:
        """The first look at a carrier at or after a time (at once: then) that reaches all it asks."""
        polls = self.polls[carrier]
        first = np.array(at, float) if at_once else polls.next_after(clusters, at)
        return self.reached(polls, self.asks, clusters, first)

    def seen_at(self, carrier: str, clusters: np.ndarray, committed: np.ndarray) -> np.ndarray:
        """When a commit is seen."""
        return self.looks_at(carrier, clusters, committed, self.say.webhook)

    # --- applying -------------------------------------------------------------------------------------------

    def applied_at(self, delivery: Delivery, index: np.ndarray) -> np.ndarray:
        clusters, committed = delivery.clusters[index], delivery.committed[index]
        seen = self.seen_at(delivery.carrier, clusters, committed)
        delivery.seen[index] = seen
        return self._applied(clusters, seen)

    def corrected_at(self, carrier: str, clusters: np.ndarray, edited: np.ndarray) -> np.ndarray:
        if not self.say.self_heal:
            return np.full(len(clusters), NEVER)
        return self._applied(clusters, self.looks_at(carrier, clusters, edited))

    def _applied(self, clusters: np.ndarray, seen: np.ndarray) -> np.ndarray:
        """When what a look has found is applied; one that is refused is tried again by the looks after it."""
        begins = self.retried((API, "admission"), clusters, seen, self.say.interval)
        event = moment(begins)
        return begins + self.keyed.draw(self.say.apply, "polling.apply", clusters, event)

    # --- what it shows --------------------------------------------------------------------------------------

    def unknown(self, clusters: np.ndarray) -> Intervals:
        down = Intervals.none().union(*(self.around.down(name, clusters) for name in self.asks))
        parts = []
        for polls in dict.fromkeys(self.polls.values()):
            # From the first look that finds something missing to the first that does not.
            first = polls.next_after(down.entity, np.nextafter(down.begin, np.inf))
            missed = first < down.end
            where, back = down.entity[missed], polls.next_after(down.entity[missed], down.end[missed])
            parts.append(Intervals.of(where, first[missed], back))
        return Intervals.none().union(*parts)

    def out_of_sync(self, clusters: np.ndarray) -> Intervals:
        return self.lacking(clusters).minus(self.unknown(clusters))

    def behind(self, status: Status) -> tuple[str, ...]:
        return self.asks if status == "unknown" else ("admission", API)

    # --- what it does and what it refuses -------------------------------------------------------------------

    def prunes(self, carrier: str, everything: bool = False) -> bool:
        return self.say.prune and (self.say.allow_empty or not everything)


#: What this file adds to the vocabulary.
ENGINE = Polling
