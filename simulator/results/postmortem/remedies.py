"""What was tried, and what it waited for: a remedy may need the very thing that it should repair."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from simulator.components import ActiveCondition
from simulator.kernel import Intervals
from simulator.operations import Attempt
from simulator.results.cases import Case
from simulator.results.postmortem.steps import Step
from simulator.results.postmortem.symptoms import Symptoms
from simulator.results.record import Record
from simulator.results.waits import REFUSED, Wait, waits
from simulator.results.words import duration, plural


@dataclass(frozen=True)
class Grip:
    """What a condition hits, nodes and clusters, and what it has down."""

    condition: ActiveCondition
    nodes: Intervals
    clusters: Intervals
    symptoms: Symptoms

    def nodes_just_before(self, at: float) -> np.ndarray:
        """Nodes that were hit just before a time: what begins to help at that time has not helped yet."""
        return np.unique(self.nodes.entity[(self.nodes.begin < at) & (self.nodes.end >= at)])

    def clusters_just_before(self, at: float, cluster_of: np.ndarray) -> np.ndarray:
        """Clusters that were hit just before a time, or a node of theirs; cluster_of: of each node."""
        spans = self.clusters
        hit = spans.entity[(spans.begin < at) & (spans.end >= at)]
        return np.union1d(hit, cluster_of[self.nodes_just_before(at)]).astype(int)


def remedies(record: Record, case: Case, grip: Callable[[ActiveCondition], Grip]) -> Iterator[Step]:
    """The remedies of an incident: refused, waiting, started and done."""
    attempts = case.incident.attempts if case.incident else []
    waiting = waits(attempts, record.horizon)
    for attempt in attempts:
        mine = next((grip(c) for c in record.world.conditions if c.name == attempt.cause), None)
        if attempt.waited_for.startswith(REFUSED):
            note = f"{attempt.remedy} is refused: {attempt.waited_for.removeprefix(REFUSED)}"
            yield Step(attempt.decided_at, "remedy refused", attempt.remedy, note)
            continue
        yield from (_wait(record, case, grip, wait) for wait in waiting if wait.attempt is attempt)
        yield from _work(record, case, mine, attempt)


def _wait(record: Record, case: Case, grip: Callable[[ActiveCondition], Grip], wait: Wait) -> Step:
    """One wait: for what, until when, and who has that down."""
    world, attempt, needed, at = record.world, wait.attempt, wait.waits_for, wait.at
    over = record.horizon if wait.within else min(case.over, record.horizon)
    gave_up = not wait.until <= over  # it was over before this one could begin
    until = (np.nan if wait.within else case.recovered_at) if gave_up else wait.until
    behind, shown = {}, set()
    for condition in world.conditions:
        down = grip(condition).symptoms.down(needed)
        where = down.entity[(down.begin <= at) & (down.end > at)]
        if condition.name == attempt.cause:
            acts = grip(condition).clusters_just_before(at, record.layout.cluster)
            where = np.intersect1d(where, acts)  # elsewhere nobody needs it
        if len(where):
            behind[condition.name] = len(where)
            loads = {load.component for load in condition.say.loads} | {load.asks for load in condition.say.loads}
            shown.add("overloaded" if needed in loads else "down")
    circular = attempt.circular
    if attempt.cause in behind:
        behind = {attempt.cause: behind[attempt.cause]}
    count = sum(behind.values()) if len(behind) == 1 else 0
    count = count if world.components.scope_of(needed) == "cluster" else 0
    return Step(
        at,
        "remedy waits",
        attempt.remedy,
        _why(wait, until - at, list(behind), "down" if len(shown) > 1 else "".join(shown), count, gave_up),
        count,
        "clusters" if count else "",
        needed,
        circular,
        until,
    )


def _why(wait: Wait, lasted: float, behind: list[str], state: str, count: int, gave_up: bool) -> str:
    """'revert waits 42 min for api, which is down because of telemetry in 84 clusters'."""
    how_long = duration(lasted) if np.isfinite(lasted) else "to the end of the run"
    note = f"{wait.attempt.remedy} waits {how_long} for {wait.waits_for}"
    if behind:
        note += f", which is {state} because of {' and '.join(behind)}"
        note += f" in {plural(count, 'cluster')}" if count else ""
    if wait.attempt.circular:
        note += ": the way back needs what is broken"
    return note + ("; then it is no longer needed" if gave_up and np.isfinite(lasted) else "")


def _work(record: Record, case: Case, mine: Grip | None, attempt: Attempt) -> Iterator[Step]:
    """From its start to its end."""
    started, done = attempt.started_at, attempt.done_at
    if not started <= record.horizon:
        return
    count, counted = 0, ""
    if mine is not None:
        nodes = mine.nodes_just_before(started)
        who = nodes if len(nodes) else mine.clusters_just_before(started, record.layout.cluster)
        count, counted = len(who), ("nodes" if len(nodes) else "clusters") if len(who) else ""
    until = done if done <= record.horizon else np.nan
    against = f" against {attempt.cause}" + (f", which has hit {plural(count, counted[:-1])}" if count else "")
    note = f"{attempt.remedy} begins{against}" + ("" if np.isfinite(until) else ", and is not done when the run ends")
    yield Step(started, "remedy started", attempt.remedy, note, count, counted, until=until)
    if np.isnan(until):
        return
    counted, spans = case.entities
    left = int(((spans.begin <= done) & (spans.end > done)).sum())
    rest = f"; {plural(left, counted[:-1])} {'is' if left == 1 else 'are'} still hit" if left else ""
    note = f"{attempt.remedy} is done {f'after {duration(done - started)}' if done > started else 'at once'}{rest}"
    yield Step(done, "remedy done", attempt.remedy, note, left, counted if left else "")
