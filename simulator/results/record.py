"""What a run has left behind, as the questions the tables and metrics ask of it."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from simulator.components import ActiveCondition
from simulator.kernel import Intervals
from simulator.nodes.programs import Program
from simulator.nodes.states import BAD, RUNNING, State
from simulator.run.carriers import EngineCarrier, SystemCarrier
from simulator.run.world import World


class Record:
    """Questions to a world whose clock has stopped. Everything is exact, up to the horizon."""

    def __init__(self, world: World) -> None:
        self.world, self.horizon, self.layout = world, world.horizon, world.layout

    # --- nodes -------------------------------------------------------------------------------------------------

    @cached_property
    def bad(self) -> Intervals:
        """When nodes were out of order; entity is the node."""
        return self.world.nodes_bad().clip(0.0, self.horizon)

    @cached_property
    def out(self) -> Intervals:
        """When nodes could not serve; entity is the node."""
        return self.world.nodes_out().clip(0.0, self.horizon)

    @cached_property
    def happened_rows(self) -> np.ndarray:
        """Rows of the agenda that were gone through to their last step by the horizon (bool)."""
        agenda = self.world.nodes.agenda
        done = agenda.ends <= np.minimum(agenda.until, self.horizon)
        done[0] = False
        return done

    def rows_that(self, wanted: str) -> np.ndarray:
        """Rows gone through whose program `succeeds`, `reverts` or `is_stuck` (bool)."""
        flags = np.array([getattr(program, wanted) for program in Program.all])
        return self.happened_rows & flags[self.world.nodes.agenda.program]

    @cached_property
    def updates(self) -> np.ndarray:
        """Rows that brought a node to another version along a rollout (bool)."""
        agenda = self.world.nodes.agenda
        return self.rows_that("succeeds") & (agenda.owner >= 0) & (agenda.new != agenda.old)

    def state_spans(self) -> dict[State, Intervals]:
        """When nodes were in each state but READY, impairments laid over: what is impaired counts as not ready (or
        unreachable) while the machine runs."""
        nodes, found = self.world.nodes, {}
        impaired = self.world.nodes_impaired()
        lost = self.world.nodes_impaired(component="network")
        for state in State:
            if state == State.READY:
                continue
            span = nodes.spans(state)
            found[state] = span.minus(impaired) if RUNNING[state] else span
        if len(impaired):
            resting = Intervals.none().union(*(found[s] for s in State if s != State.READY and not RUNNING[s]))
            found[State.UNREACHABLE] = found[State.UNREACHABLE].union(lost.minus(resting))
            rest = impaired.minus(resting).minus(lost)
            found[State.NOT_READY] = found[State.NOT_READY].union(rest)
        return {state: span.clip(0.0, self.horizon) for state, span in found.items()}

    def final_states(self) -> np.ndarray:
        """State of each node at the horizon, impairments included."""
        everyone = np.arange(self.layout.nodes)
        states = self.world.nodes.agenda.state_at(everyone, self.horizon).astype(int)
        at_end = np.full(self.layout.nodes, np.nextafter(self.horizon, 0.0))
        running = RUNNING[states]
        for component, state in (("network", State.UNREACHABLE), (None, State.NOT_READY)):
            hit = self.world.nodes_impaired(component=component).covers(everyone, at_end) & running
            states[hit & ~BAD[states]] = state
        return states

    # --- clusters ----------------------------------------------------------------------------------------------

    @cached_property
    def watched_components(self) -> list[str]:
        """Cluster and shared components that something in the scenario can take down, and all services."""
        components = self.world.components
        hit = {i.component for c in self.world.conditions for i in c.say.impairs
               if components.scope_of(i.component) == "cluster"}
        hit |= {name for name in components.troubles if name not in ("access",)}
        names = set(components.requires) | hit
        return sorted(n for n in names if components.scope_of(n) == "cluster")

    @cached_property
    def clusters_down(self) -> Intervals:
        """When a component or a service of a cluster was down; entity is the cluster."""
        return Intervals.none().union(*(self.world.components.down(name) for name in self.watched_components)) \
            .clip(0.0, self.horizon)

    @cached_property
    def clusters_affected(self) -> Intervals:
        """When a cluster had a component or a service down, or a node out of order because of a change."""
        return self.clusters_down.union(self.bad_by_change.grouped(self.layout.cluster))

    @cached_property
    def bad_by_change(self) -> Intervals:
        """When nodes were out of order because of a change, not of a fault; entity is the node."""
        parts = [self.hit_nodes(c) for c in self.world.conditions if c.number >= 0]
        return Intervals.none().union(*parts)

    # --- conditions --------------------------------------------------------------------------------------------

    def hit_nodes(self, condition: ActiveCondition) -> Intervals:
        """When nodes were out of order because of a condition; entity is the node."""
        parts = [condition.grip_on_nodes()]
        if condition.machine:
            agenda = self.world.nodes.agenda
            parts.append(agenda.spans(BAD, np.flatnonzero((agenda.owner == condition.number) & (agenda.entity >= 0))))
        return Intervals.none().union(*parts).clip(0.0, self.horizon)

    def hit_clusters(self, condition: ActiveCondition) -> Intervals:
        """When a condition had a component of a cluster in its grip; entity is the cluster."""
        return condition.grip_on_clusters(np.ones(self.layout.clusters, bool)).clip(0.0, self.horizon)

    def bites(self, condition: ActiveCondition) -> int:
        """Nodes and clusters on which a condition took effect, reverted boots included."""
        reverted = 0
        if condition.machine and condition.number >= 0:
            reverted = int((self.rows_that("reverts") & (self.world.nodes.agenda.owner == condition.number)).sum())
        return len(np.unique(self.hit_nodes(condition).entity)) + len(np.unique(self.hit_clusters(condition).entity)) \
            + reverted

    def first_bite(self, condition: ActiveCondition) -> float:
        """When it first took effect, NaN when it never did."""
        begins = np.concatenate([self.hit_nodes(condition).begin, self.hit_clusters(condition).begin])
        return float(begins.min()) if begins.size else np.nan

    # --- changes -----------------------------------------------------------------------------------------------

    def reached(self, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Targets of a change that have it: node or cluster numbers, how many nodes each stands for, and when."""
        carrier = self.world.carriers[number]
        if isinstance(carrier, SystemCarrier):
            nodes = np.flatnonzero(carrier.meant)
            version = self.world.nodes.version(carrier.change.version or carrier.change.name)
            done = self.world.nodes.runs_since(version, nodes, self.horizon)
            fits = done <= self.horizon
            return nodes[fits], np.ones(int(fits.sum()), int), done[fits]
        if not isinstance(carrier, EngineCarrier) or not carrier.deliveries:
            start = self.world.rollouts[number].stages[0].started_at
            clusters = np.unique(self.layout.cluster[carrier.meant])
            return clusters, self.layout.cluster_sizes[clusters], np.full(len(clusters), start)
        clusters = np.concatenate([d.clusters for d in carrier.deliveries])
        applied = np.concatenate([d.applied for d in carrier.deliveries])
        meant = np.bincount(self.layout.cluster[carrier.meant], minlength=self.layout.clusters)
        fits = applied <= self.horizon
        return clusters[fits], meant[clusters[fits]], applied[fits]

    def lags(self, number: int) -> np.ndarray:
        """From the commit (each commit of a repeated change) to each target reached, seconds."""
        carrier, change = self.world.carriers[number], self.world.changes[number]
        if change.repeat and isinstance(carrier, EngineCarrier):
            committed = np.concatenate([d.committed for d in carrier.deliveries] or [np.zeros(0)])
            applied = np.concatenate([d.applied for d in carrier.deliveries] or [np.zeros(0)])
            return (applied - committed)[applied <= self.horizon]
        return self.reached(number)[2] - change.at

    def commits(self, number: int) -> int:
        """How often a change was merged or released by the horizon."""
        change = self.world.changes[number]
        if np.isnan(self.world.rollouts[number].stages[0].started_at):
            return 0
        if change.repeat is None:
            return 1
        return int(min(change.repeat.times, np.floor((self.horizon - change.at) / change.repeat.every) + 1))


