"""The process of one rollout: stage after stage, wave after wave, with bake times and gates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import simpy

from simulator.kernel import Keyed, Polls, Watch
from simulator.rollouts.plan import ramp, split_waves
from simulator.scenario.change import Change, Gate, Promotion


class Carrier(Protocol):
    """What brings a change to targets; who it is (an engine, a system, a hand) the rollout never asks."""

    #: Nodes join a ramp one by one (they fetch by themselves) rather than cluster by cluster.
    by_node: bool

    def places(self, who: np.ndarray) -> np.ndarray:
        """The place of each node (or cluster) in the ramp, between 0 and 1."""

    def carry(self, nodes: np.ndarray, start: np.ndarray, stage: int) -> None:
        """Start the change on its way to nodes, from `start` on (for each node)."""

    def settled_at(self) -> float:
        """When the last that has a turn has it, as planned now."""

    def cut(self, at: float) -> np.ndarray:
        """Nothing new starts after `at`; returns the nodes that were still to come."""


@dataclass
class StageRecord:
    """What became of a stage."""

    number: int
    name: str
    nodes: np.ndarray
    clusters: np.ndarray
    bake: float
    started_at: float = np.nan
    promoted_at: float = np.nan
    converged_at: float = np.nan
    ended_at: float = np.nan
    verdict: str = "not started"


@dataclass
class RolloutProcess:
    """Walks the stages of one change.

    stage_of: the stage of each node (-1: none). watch_gate: makes the watch of a gate over the nodes and
    clusters that have been changed. tell: writes to the journal. take_back: reverts a change, by its number.
    plans_change: the event of the next change of anybody's plans.
    """

    env: simpy.Environment
    change: Change
    number: int
    carrier: Carrier
    stage_of: np.ndarray
    cluster: np.ndarray
    keyed: Keyed
    watch_gate: Callable[[Gate, np.ndarray, np.ndarray], Watch]
    tell: Callable[..., None]
    take_back: Callable[[int], object]
    plans_change: Callable[[], simpy.Event]
    horizon: float
    stages: list[StageRecord] = field(default_factory=list)
    status: str = "waiting"

    def __post_init__(self) -> None:
        for number, stage in enumerate(self.change.rollout.stages):
            nodes = np.flatnonzero(self.stage_of == number)
            self.stages.append(
                StageRecord(number, stage.name or str(number + 1), nodes, np.unique(self.cluster[nodes]), stage.bake)
            )
        self._stop = self.env.event()
        self._sent = np.zeros(len(self.stage_of), bool)

    # --- orders from outside -----------------------------------------------------------------------------------

    def abort(self, why: str, status: str = "aborted") -> None:
        """Nothing new starts from now on."""
        if self.status in ("waiting", "running", "paused"):
            self.status = status
            self._cut(why)
            if not self._stop.triggered:
                self._stop.succeed()

    @property
    def is_over(self) -> bool:
        """Whether it was aborted or withdrawn."""
        return self.status in ("aborted", "withdrawn")

    def _withdraw(self, after: float):
        """Take it back after a time, however far it is; a release that is everywhere by then is withdrawn as well."""
        yield self.env.timeout(after)
        if self.status == "done":
            self.status = "withdrawn"
            self._cut("withdrawn")
        else:
            self.abort("withdrawn", "withdrawn")

    def _cut(self, why: str) -> None:
        waiting = self._waiting(self.carrier.cut(self.env.now))
        self.tell(
            self.env.now,
            self.status,
            self.change.name,
            count=waiting,
            cause=self.change.name,
            note=f"{why}; {waiting} nodes had not begun",
        )

    def _waiting(self, cut: np.ndarray) -> int:
        """How many nodes had not begun: those that were cut off, and those of waves and stages to come."""
        return len(cut) + int(np.count_nonzero((self.stage_of >= 0) & ~self._sent))

    # --- the walk ----------------------------------------------------------------------------------------------

    def run(self):
        """The SimPy process."""
        if self.change.at > self.env.now:
            yield self.env.timeout(self.change.at - self.env.now) | self._stop
        if self.change.rollout.withdraw_after is not None and not self.is_over:
            self.env.process(self._withdraw(self.change.rollout.withdraw_after))
        if self.change.rollout.promotion is not None:
            yield from self._discover(self.change.rollout.promotion)
        for record, stage in zip(self.stages, self.change.rollout.stages, strict=True):
            if self.is_over:
                return
            self.status = "running"
            gate = stage.gate or self.change.rollout.gate
            record.started_at, record.verdict = self.env.now, "running"
            self.tell(
                self.env.now,
                "stage started",
                f"{self.change.name}/{record.name}",
                count=len(record.nodes),
                cause=self.change.name,
            )
            done: list[np.ndarray] = []
            for wave in split_waves(stage, record.clusters):
                nodes = record.nodes[np.isin(self.cluster[record.nodes], wave)]
                done.append(nodes)
                yield from self._wave(record.number, nodes, gate, np.concatenate(done))
                if self.is_over:
                    break
            if not self.is_over:
                record.converged_at = self.env.now
                yield from self._wait(self.env.now + stage.bake, gate, record.nodes)
            record.ended_at = self.env.now
            record.verdict = self.status if self.is_over else "done"
            if not self.is_over:
                self.tell(
                    self.env.now,
                    "stage done",
                    f"{self.change.name}/{record.name}",
                    count=len(record.nodes),
                    cause=self.change.name,
                )
        if self.status == "running":
            self.status = "done"

    def _discover(self, promotion: Promotion):
        """Nothing is promoted before the Warehouse has seen that there is something."""
        look = Polls(self.keyed, f"{self.change.name}.warehouse", 1, promotion.interval)
        sees = float(look.next_after(np.zeros(1, int), self.env.now)[0])
        yield self.env.timeout(sees - self.env.now) | self._stop

    def _promoted(self, record: StageRecord) -> None:
        """A promotion has succeeded: what the stage shall run is in Git, and no cluster need have it yet."""
        if not np.isnan(record.promoted_at):
            return
        record.promoted_at = self.env.now
        self.tell(
            self.env.now,
            "promotion succeeded",
            f"{self.change.name}/{record.name}",
            count=len(record.nodes),
            cause=self.change.name,
            note="committed; the engine has still to apply it",
        )

    def _wave(self, number: int, nodes: np.ndarray, gate: Gate | None, changed: np.ndarray):
        stage = self.change.rollout.stages[number]
        self._start(number, nodes, stage.over)
        if self.change.rollout.promotion is not None:
            self._promoted(self.stages[number])
            yield from self._wait(self.env.now + stage.over, gate, changed)
        else:
            deadline = self.env.now + (self.change.rollout.timeout or np.inf)
            yield from self._wait(None, gate, changed, deadline)
        if not self.is_over and stage.waves and stage.waves.pause:
            yield from self._wait(self.env.now + stage.waves.pause, gate, changed)

    def _start(self, number: int, nodes: np.ndarray, over: float) -> None:
        """Send the change of a stage to nodes, along a ramp."""
        self._ramp_ends = self.env.now + over
        if not len(nodes):
            return
        self._sent[nodes] = True
        at_once = self.change.rollout.stages[number].at_once
        if self.carrier.by_node:
            start = ramp(self.carrier.places(nodes), self.env.now, over, at_once)
        else:
            clusters = np.unique(self.cluster[nodes])
            joins = np.zeros(int(self.cluster.max()) + 1)
            joins[clusters] = ramp(self.carrier.places(clusters), self.env.now, over, at_once)
            start = joins[self.cluster[nodes]]
        self.carrier.carry(nodes, start, number)

    def _wait(self, until: float | None, gate: Gate | None, changed: np.ndarray, deadline: float = np.inf):
        """Wait until a time (None: until everything has settled), heeding the gate all the while."""
        watch = self.watch_gate(gate, changed, np.unique(self.cluster[changed])) if gate else None
        while not self.is_over:
            end = min(self.carrier.settled_at() if until is None else until, deadline)
            if end <= self.env.now:
                return
            trips = watch.next_crossing(gate.for_, after=self.env.now)[0] if watch else np.inf
            if trips <= self.env.now:
                yield from self._trip(gate, watch)
                continue
            # What settles may be planned anew meanwhile: look again when the time has come, or plans have changed.
            wakers = [self._stop, watch.changed] if watch else [self._stop]
            if until is None:
                wakers.append(self.plans_change())
            wake = min(end, trips)
            if wake <= self.horizon:
                wakers.append(self.env.timeout(wake - self.env.now))
            yield self.env.any_of(wakers)

    def _trip(self, gate: Gate, watch: Watch):
        if gate.action != "pause":
            self.abort("the gate tripped")
            if gate.action == "revert":
                self.take_back(self.number)
            return
        self.status = "paused"
        ramp_left = max(0.0, self._ramp_ends - self.env.now)
        left = self.carrier.cut(self.env.now)
        waiting = self._waiting(left)
        self.tell(
            self.env.now,
            "paused",
            self.change.name,
            count=waiting,
            cause=self.change.name,
            note=f"the gate tripped; {waiting} nodes had not begun",
        )
        while self.status == "paused":
            holds = watch.intervals()
            over = holds.over_from(np.zeros(1, int), np.array([self.env.now]))[0]
            if over <= self.env.now:
                break
            wait = watch.changed | self._stop
            yield wait | self.env.timeout(over - self.env.now) if np.isfinite(over) and over <= self.horizon else wait
        if self.status == "paused":
            self.status = "running"
            self.tell(self.env.now, "resumed", self.change.name, count=len(left), cause=self.change.name)
            for number in np.unique(self.stage_of[left]):
                self._start(int(number), left[self.stage_of[left] == number], ramp_left)
