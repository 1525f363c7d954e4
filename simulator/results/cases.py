"""The incidents of a run as cases: what operations saw of each, what was behind it, and whom that had in its grip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.components import ActiveCondition
from simulator.kernel import Intervals
from simulator.operations import Incident
from simulator.results.blame import Cause, cause_of
from simulator.results.record import Record
from simulator.run.suspects import suspects


@dataclass(frozen=True)
class Case:
    """One incident. incident: as operations saw it, None where no alert told anybody.

    recovered_at: NaN when it was not over by the horizon; over: the same, or the horizon. nodes, clusters: when
    entities were in the grip of the cause (or, for planned work, out of service), in the whole run. covered_by: where
    no alert told of it alone, the number of the incident whose alert was firing for it as well; 0 for none.
    """

    incident: Incident | None
    cause: Cause | None
    began_at: float
    recovered_at: float
    over: float
    nodes: Intervals
    clusters: Intervals
    covered_by: int = 0

    @property
    def condition(self) -> ActiveCondition | None:
        """What had something in its grip."""
        return self.cause.condition if self.cause else None

    def during(self, spans: Intervals) -> Intervals:
        """The spans that hold at some time of the incident."""
        return spans.where((spans.begin <= self.over) & (spans.end > self.began_at))

    @property
    def bitten_at(self) -> float:
        """When the cause first took hold of what it then had in its grip; NaN for planned work."""
        begins = np.concatenate([self.during(self.nodes).begin, self.during(self.clusters).begin])
        return float(begins.min()) if self.condition is not None and begins.size else np.nan

    @property
    def since(self) -> float:
        """When the first of what it was about went wrong, whether or not the alert looks at that."""
        return float(np.fmin(self.bitten_at, self.began_at))

    def seen(self, spans: Intervals) -> Intervals:
        """The spans that hold at some time from the first bite to the end of the incident."""
        return spans.where((spans.begin <= self.over) & (spans.end > self.since))

    @property
    def entities(self) -> tuple[str, Intervals]:
        """What to count, and when it was hit: nodes where any was, else clusters."""
        on_nodes = self.during(self.nodes)
        return ("nodes", self.nodes) if len(on_nodes) else ("clusters", self.clusters)


def cases(record: Record) -> list[Case]:
    """Those somebody was told of, then those nobody was; in the order of the table `incidents`."""
    return record.once("cases", "", lambda: _cases(record))


def _cases(record: Record) -> list[Case]:
    world = record.world
    found = [_told(record, incident) for incident in world.incidents]
    told = {case.cause.name for case in found if case.cause is not None}
    for condition in world.conditions:
        comes_at_a_time = condition.number >= 0 or condition.say.clock.rate is None
        if condition.name not in told and comes_at_a_time and not np.isnan(record.first_bite(condition)):
            found.append(_untold(record, condition, found[: len(world.incidents)]))
    return found


def _told(record: Record, incident: Incident) -> Case:
    """An incident that began with a page."""
    cause, recovered = cause_of(record, incident), incident.recovered_at
    recovered = recovered if recovered <= record.horizon else np.nan
    over = float(np.nan_to_num(recovered, nan=record.horizon))
    return Case(incident, cause, incident.began_at, recovered, over, *_hit(record, cause))


def _untold(record: Record, condition: ActiveCondition, told: list[Case]) -> Case:
    """An outage that no alert told anybody of; it may be over by itself."""
    cause = Cause(condition.name, condition.number, condition)
    nodes, clusters = _hit(record, cause)
    last = float(np.concatenate([nodes.end, clusters.end]).max(initial=0.0))
    recovered = last if last < record.horizon else np.nan
    began, covered = record.first_bite(condition), _covered_by(record, condition, nodes.union(clusters), told)
    return Case(None, cause, began, recovered, record.horizon, nodes, clusters, covered)


def _covered_by(record: Record, condition: ActiveCondition, grip: Intervals, told: list[Case]) -> int:
    """The number of the first incident whose alert was firing for what a condition broke; 0 for none."""
    for number, case in enumerate(told, 1):
        since = case.incident.detected_at
        at_work = np.maximum(grip.begin[(grip.end > since) & (grip.begin < case.over)], since)
        expr = next(alert.expr for alert in record.world.spec.alerts if alert.name == case.incident.alert)
        if at_work.size and condition in suspects(record.world, expr, float(at_work.min())):
            return number
    return 0


def _hit(record: Record, cause: Cause | None) -> tuple[Intervals, Intervals]:
    if cause is None:
        return Intervals.none(), Intervals.none()
    if cause.condition is None:
        return cause.away.clip(0.0, record.horizon), Intervals.none()
    return record.hit_nodes(cause.condition), record.hit_clusters(cause.condition)
