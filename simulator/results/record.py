"""What a run has left behind, as the questions the tables and metrics ask of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from simulator.components import ActiveCondition
from simulator.kernel import Intervals
from simulator.kernel.journal import Entry
from simulator.nodes.programs import REBOOT, Program
from simulator.nodes.states import BAD, RUNNING, State
from simulator.rollouts import StageRecord
from simulator.run.applications import applications
from simulator.run.carriers import EngineCarrier, HandCarrier, SystemCarrier
from simulator.run.levers import BY_GATE, BY_PEOPLE
from simulator.run.world import World
from simulator.scenario.gitops import Status
from simulator.scenario.selector import Selector

T = TypeVar("T")


class Record:
    """Questions to a world whose clock has stopped. Everything is exact, up to the horizon."""

    def __init__(self, world: World) -> None:
        self.world, self.horizon, self.layout = world, world.horizon, world.layout
        self._asked: dict[tuple[str, str], Any] = {}  # nothing changes any more: each question is answered once

    @cached_property
    def journal(self) -> list[Entry]:
        """What was written down, up to the horizon."""
        return self.world.journal.entries(self.horizon)

    # --- nodes ------------------------------------------------------------------------------------------

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

    @cached_property
    def automatic_rollbacks(self) -> np.ndarray:
        """Rows in which a system, or a gate, booted the version before by itself (bool)."""
        return self.rows_that("reverts") | self._booted_back(BY_GATE)

    @cached_property
    def manual_rollbacks(self) -> np.ndarray:
        """Rows in which people booted another version than the one that would have booted next (bool)."""
        return self._booted_back(BY_PEOPLE)

    def _booted_back(self, by: int) -> np.ndarray:
        agenda = self.world.nodes.agenda
        booted = np.isin(agenda.program, [program.number for program in REBOOT.values()])
        back = (agenda.owner == by) & (agenda.new != agenda.staged)
        return self.rows_that("succeeds") & booted & back

    def _releases(self) -> Iterator[tuple[np.ndarray, float, np.ndarray, Intervals]]:
        """Releases of the operating system, the newest first: for which nodes (bool), when, until when it is the newest
        for each node, and when nodes run it."""
        world, until = self.world, np.full(self.layout.nodes, self.horizon)
        releases = sorted((c.at, n) for n, c in enumerate(world.changes) if c.kind == "os-image" and self.commits(n))
        for at, number in reversed(releases):
            targets = world.rollouts[number].stage_of >= 0
            runs = world.nodes.on_version(Selector({"os.version": world.changes[number].brings}), targets)
            yield targets, at, until.copy(), runs
            until[targets] = at

    @cached_property
    def vulnerable_seconds(self) -> np.ndarray | None:
        """For each node, the time on another version than the newest released for it; None without a release."""
        total = None
        for targets, at, until, runs in self._releases():
            total = np.zeros(self.layout.nodes) if total is None else total
            total[targets] += until[targets] - at
            safe = np.clip(runs.end, at, until[runs.entity]) - np.clip(runs.begin, at, until[runs.entity])
            total -= np.bincount(runs.entity, safe, self.layout.nodes)
        return total

    @cached_property
    def outdated(self) -> Intervals:
        """The same time as intervals; entity is the node."""
        parts = []
        for targets, at, until, runs in self._releases():
            nodes = np.flatnonzero(targets)
            parts.append(Intervals.of(nodes, np.full(len(nodes), at), until[nodes]).minus(runs))
        return Intervals.none().union(*parts)

    @cached_property
    def was_released(self) -> np.ndarray:
        """Nodes (bool) for which a version was released."""
        found = np.zeros(self.layout.nodes, bool)
        for targets, *_ in self._releases():
            found |= targets
        return found

    @cached_property
    def state_spans(self) -> dict[State, Intervals]:
        """When nodes were in each state but READY, impairments laid over: what is impaired counts as not
        ready (or unreachable) while the machine runs."""
        nodes, found = self.world.nodes, {}
        impaired = self.world.nodes_impaired()
        lost = self.world.nodes_impaired(component="network")
        for state in State:
            if state == State.READY:
                continue
            span = nodes.spans(state)
            found[state] = span.minus(impaired) if RUNNING[state] else span
        if len(impaired):
            resting = Intervals.none().union(*(span for state, span in found.items() if not RUNNING[state]))
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

    # --- clusters ---------------------------------------------------------------------------------------

    @cached_property
    def watched_components(self) -> list[str]:
        """Cluster and shared components that something in the scenario can take down, and all services."""
        components = self.world.components
        hit = {
            i.component
            for c in self.world.conditions
            for i in c.say.impairs
            if components.scope_of(i.component) == "cluster"
        }
        hit |= {name for name in components.troubles if name not in ("access",)}
        names = set(components.requires) | hit
        return sorted(n for n in names if components.scope_of(n) == "cluster")

    def unserved(self, service: str) -> np.ndarray:
        """How much of its users' requests was not served, in seconds of each cluster's own demand; NaN where nobody
        counts them."""
        traffic = self.world.kubernetes.traffic.get(service)
        return np.full(self.layout.clusters, np.nan) if traffic is None else traffic.story().unserved

    def down(self, component: str) -> Intervals:
        """When a component or a service was down; entity is the cluster."""
        return self._once("down", component, lambda: self.world.components.down(component))

    def impaired(self, component: str) -> Intervals:
        """When a component or a service was not well; entity is the cluster."""
        return self._once("impaired", component, lambda: self.world.components.impaired(component))

    def applications(self, status: Status) -> Intervals:
        """When an application of a cluster had a status; entity is the cluster."""
        everywhere = np.ones(self.layout.clusters, bool)
        return self._once("applications", status, lambda: applications(self.world, status, everywhere))

    def _once(self, what: str, of: str, ask: Callable[[], Intervals]) -> Intervals:
        return self.once(what, of, lambda: ask().clip(0.0, self.horizon))

    def once(self, what: str, of: str, ask: Callable[[], T]) -> T:
        """The answer to a question, worked out when it is first asked."""
        if (what, of) not in self._asked:
            self._asked[what, of] = ask()
        return self._asked[what, of]

    @cached_property
    def clusters_down(self) -> Intervals:
        """When a component or a service of a cluster was down; entity is the cluster."""
        return Intervals.none().union(*(self.down(name) for name in self.watched_components))

    @cached_property
    def clusters_affected(self) -> Intervals:
        """When a cluster had a component or a service down, or a node out of order because of a change."""
        return self.clusters_down.union(self.bad_by_change.grouped(self.layout.cluster))

    @cached_property
    def drift_seconds(self) -> np.ndarray:
        """Time off what was declared, for each node: by itself, or with its whole cluster."""
        of_cluster, of_node = np.zeros(self.layout.clusters), np.zeros(self.layout.nodes)
        for drift in self.world.drifts:
            lasts = np.minimum(drift.end, self.horizon) - np.minimum(drift.begin, self.horizon)
            if drift.nodes is None:
                np.add.at(of_cluster, drift.clusters, lasts)
            else:
                np.add.at(of_node, drift.nodes, lasts)
        return of_node + of_cluster[self.layout.cluster]

    @cached_property
    def drift_node_seconds(self) -> np.ndarray:
        """The same, summed over the nodes of each cluster."""
        return np.bincount(self.layout.cluster, self.drift_seconds, self.layout.clusters)

    @cached_property
    def bad_by_change(self) -> Intervals:
        """When nodes were out of order because of a change, not of a fault; entity is the node."""
        parts = [self.hit_nodes(c) for c in self.world.conditions if c.number >= 0]
        # Not all that is hit is out of order: a degraded runtime serves, and what flaps is well in between
        return Intervals.none().union(*parts).both(self.bad)

    # --- conditions -------------------------------------------------------------------------------------

    def hit_nodes(self, condition: ActiveCondition) -> Intervals:
        """When nodes were out of order because of a condition, or being replaced for it; entity is the node."""

        def hit() -> Intervals:
            parts = [condition.grip_on_nodes()]
            if condition.machine:
                agenda = self.world.nodes.agenda
                mine = np.flatnonzero((agenda.owner == condition.number) & (agenda.entity >= 0))
                dead = agenda.spans(BAD, mine)
                # A machine that takes the place of a dead one is not there before it is ready
                new = self.world.nodes.spans(State.PROVISIONING)
                parts += [dead, new.where(dead.covers(new.entity, np.nextafter(new.begin, -np.inf)))]
            return Intervals.none().union(*parts)

        return self._once("hit nodes", condition.name, hit)

    def hit_clusters(self, condition: ActiveCondition) -> Intervals:
        """When a condition had a component of a cluster in its grip; entity is the cluster."""
        everywhere = np.ones(self.layout.clusters, bool)
        return self._once("hit clusters", condition.name, lambda: self.world.components.felt(condition, everywhere))

    def bites(self, condition: ActiveCondition) -> int:
        """Nodes and clusters on which a condition took effect, reverted boots included."""
        reverted = 0
        if condition.machine and condition.number >= 0:
            mine = self.world.nodes.agenda.owner == condition.number
            reverted = int((self.rows_that("reverts") & mine).sum())
        hit = (self.hit_nodes(condition), self.hit_clusters(condition))
        return reverted + sum(len(np.unique(spans.entity)) for spans in hit)

    def first_bite(self, condition: ActiveCondition) -> float:
        """When it first took effect, NaN when it never did."""
        begins = np.concatenate([self.hit_nodes(condition).begin, self.hit_clusters(condition).begin])
        return float(begins.min()) if begins.size else np.nan

    # --- changes ----------------------------------------------------------------------------------------

    def reached(self, number: int, stage: StageRecord | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Targets of a change (of one stage, if given) that got it by the horizon: their numbers, how many
        nodes each stands for, and when. A target is a node where nodes install a version, else a cluster."""
        if stage is None:
            parts = [self.reached(number, s) for s in self.world.rollouts[number].stages]
            return tuple(np.concatenate(column) for column in zip(*parts, strict=True))
        carrier = self.world.carriers[number]
        if isinstance(carrier, SystemCarrier):
            version = self.world.nodes.version(carrier.change.brings)
            who = stage.nodes[carrier.meant[stage.nodes]]
            when = self.world.nodes.runs_since(version, who, self.horizon)
            stands_for = np.ones(len(who), np.int64)
        else:
            who, when = self._arrivals(number, stage)
            took = stage.nodes[~self._refusals(number)[stage.nodes]]
            stands_for = np.bincount(self.layout.cluster[took], minlength=self.layout.clusters)[who]
        fits = (when <= self.horizon) & (stands_for > 0)
        return who[fits], stands_for[fits], when[fits]

    def _arrivals(self, number: int, stage: StageRecord) -> tuple[np.ndarray, np.ndarray]:
        """The clusters of a stage and when the change came there: each time if repeated, else the first."""
        carrier, change = self.world.carriers[number], self.world.changes[number]
        if isinstance(carrier, EngineCarrier):
            came = [(d.clusters, d.applied) for d in carrier.deliveries]
        else:
            came = [(d.clusters, d.begin) for d in self.world.drifts if d.cause == change.name]
        clusters = np.concatenate([np.zeros(0, np.int64), *(c for c, _ in came)])
        when = np.concatenate([np.zeros(0), *(at for _, at in came)])
        # Another stage may have been to the same cluster before, for other nodes of it
        mine = np.isin(clusters, stage.clusters) & (when >= stage.started_at)
        if change.repeat:
            return clusters[mine], when[mine]
        first = np.full(self.layout.clusters, np.inf)
        np.minimum.at(first, clusters[mine], when[mine])
        return stage.clusters, first[stage.clusters]

    def offered(self, number: int) -> int:
        """For how many targets of a change it was there by the horizon, counted in nodes."""
        return int(np.count_nonzero(self.world.carriers[number].offered_at() <= self.horizon))

    def nodes_reached(self, number: int, stage: StageRecord | None = None) -> int:
        """How many targets of a change (of one stage, if given) got it, counted in nodes."""
        if stage is None:
            return sum(self.nodes_reached(number, s) for s in self.world.rollouts[number].stages)
        who, stands_for, _ = self.reached(number, stage)
        return int(stands_for[np.unique(who, return_index=True)[1]].sum())

    def clusters_reached(self, number: int) -> int:
        """How many target clusters got a change; where nodes install, those all of whose nodes did."""
        who = self.reached(number)[0]
        if not isinstance(self.world.carriers[number], SystemCarrier):
            return len(np.unique(who))
        got = np.bincount(self.layout.cluster[who], minlength=self.layout.clusters)
        targets = self.layout.cluster[self.world.rollouts[number].stage_of >= 0]
        wanted = np.bincount(targets, minlength=self.layout.clusters)
        return int(((got >= wanted) & (wanted > 0)).sum())

    def refused(self, number: int) -> int:
        """How many nodes refused a change: its version, an edit, or its configuration where it came by the horizon."""
        carrier = self.world.carriers[number]
        if isinstance(carrier, SystemCarrier):
            return sum(i.refused for i in carrier.installations)
        if isinstance(carrier, HandCarrier):
            return int((self._refusals(number) & (carrier.tried <= self.horizon)).sum())
        stages = self.world.rollouts[number].stages
        came = [who[when <= self.horizon] for who, when in (self._arrivals(number, s) for s in stages)]
        there = np.isin(self.layout.cluster, np.concatenate(came)) & (self.world.rollouts[number].stage_of >= 0)
        return int((self._refusals(number) & there).sum())

    def _refusals(self, number: int) -> np.ndarray:
        """Nodes (bool) that refused a configuration."""
        return self.world.refusals.get(number, np.zeros(self.layout.nodes, bool))

    def lags(self, number: int) -> np.ndarray:
        """From the commit (each commit of a repeated change) to each target reached, seconds."""
        carrier, change = self.world.carriers[number], self.world.changes[number]
        if change.repeat and isinstance(carrier, EngineCarrier):
            committed = np.concatenate([d.committed for d in carrier.deliveries] or [np.zeros(0)])
            applied = np.concatenate([d.applied for d in carrier.deliveries] or [np.zeros(0)])
            return (applied - committed)[applied <= self.horizon]
        return self.reached(number)[2] - change.at

    def corrections(self, number: int) -> np.ndarray:
        """From an edit by hand to when it was put right, for each cluster or node where it was, seconds."""
        mine = [drift for drift in self.world.drifts if drift.cause == self.world.changes[number].name]
        begin = np.concatenate([np.zeros(0), *(drift.begin for drift in mine)])
        end = np.concatenate([np.zeros(0), *(drift.end for drift in mine)])
        return (end - begin)[end <= self.horizon]

    def commits(self, number: int) -> int:
        """How often a change was merged or released by the horizon."""
        change = self.world.changes[number]
        if np.isnan(self.world.rollouts[number].stages[0].started_at):
            return 0
        if change.repeat is None:
            return 1
        return int(min(change.repeat.times, np.floor((self.horizon - change.at) / change.repeat.every) + 1))
