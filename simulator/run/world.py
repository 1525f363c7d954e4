"""Everything that exists in a run, and who tells whom when plans change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import simpy

from simulator.components import ActiveCondition, Components
from simulator.gitops import ENGINES, Surroundings
from simulator.gitops.push import Push, PushSettings
from simulator.kernel import Calendar, Intervals, Journal, Keyed, Watch
from simulator.kernel.journal import Entry
from simulator.nodes import SYSTEMS
from simulator.nodes.layout import Layout
from simulator.nodes.nodes import Nodes
from simulator.nodes.system import BOOT_STAGES, BootDefect, Drain
from simulator.operations import Incident
from simulator.rollouts import RolloutProcess
from simulator.run.failures_ahead import FailuresAhead
from simulator.run.kubernetes import Kubernetes
from simulator.run.overload import Overload
from simulator.run.repeats import written_out
from simulator.scenario.change import Change
from simulator.scenario.condition import Condition, Impairment
from simulator.scenario.document import Scenario


@dataclass(frozen=True)
class Drift:
    """Clusters whose actual state differs from what was declared, from when to when; cause: the change that made it so.

    sizes: nodes concerned. nodes: their numbers, where single ones are off, one for each element.
    """

    cause: str
    clusters: np.ndarray
    sizes: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    nodes: np.ndarray | None = None

    def ends_on(self, nodes: np.ndarray, at: np.ndarray) -> None:
        """Nodes are as declared again, from a time on (for each)."""
        if self.nodes is None:
            return
        order = np.argsort(nodes, kind="stable")
        place = np.minimum(np.searchsorted(nodes[order], self.nodes), len(nodes) - 1)
        hit = nodes[order][place] == self.nodes
        ends = np.maximum(self.begin, at[order][place])
        self.end[hit] = np.minimum(self.end[hit], ends[hit])


class World:
    """The rooms of one run.

    changes: every change, repetitions written out; rollouts: their processes by number. stage_nodes: which
    nodes (bool) a change is meant for. drifts: what has left the desired state.
    """

    def __init__(self, scenario: Scenario, seed: int, replication: int) -> None:
        spec = scenario.spec
        self.scenario, self.spec, self.horizon = scenario, spec, spec.horizon
        self.env = simpy.Environment()
        self.keyed = Keyed(seed, replication)
        self.calendar = Calendar(spec.start, spec.horizon)
        self.journal = Journal()
        self.layout = Layout.of(spec, self.keyed)
        self.nodes = Nodes(self.layout, SYSTEMS, self.keyed, self.calendar)
        self.components = Components(spec, self.layout.cluster, self.layout.clusters, self.keyed)
        self.engine = self._engine(ENGINES[spec.gitops.engine], spec.gitops)
        self.pipeline = self.engine if isinstance(self.engine, Push) else self._engine(Push, PushSettings())
        self.ahead = FailuresAhead(self.nodes)
        self.components.version = self._version
        self.kubernetes = Kubernetes(self)
        self.changes = list(written_out(spec.changes))
        self.services = [self.kubernetes.carry(service) for service in spec.services]
        self.incidents: list[Incident] = []
        self.drifts: list[Drift] = []
        #: Change number -> nodes (bool) that refused its configuration.
        self.refusals: dict[int, np.ndarray] = {}
        self.conditions: list[ActiveCondition] = []
        self.defect_of: dict[int, ActiveCondition] = {}
        self.rollouts: dict[int, RolloutProcess] = {}
        self.carriers: dict[int, object] = {}
        self.plans_change = self.env.event()
        self._watches: list[tuple[Watch, Callable[[np.ndarray], np.ndarray]]] = []
        self._add_troubles()
        for by in sorted({s.coordinator.say.by for s in self.nodes.systems if not s.driven and s.coordinator.slots}):
            self.journal.promise(lambda horizon, by=by: self._frozen(by, horizon))
        self._add_conditions()
        self.nodes.boot_defect = self._boot_defect
        # Whether anything can make an engine plan again: conditions or quorums that its components depend on.
        self._volatile = (
            bool(self.layout.control_plane.any())
            or any(c.on_cluster is not None or c.on_all is not None for c in self.conditions)
            or bool((self.layout.hosts >= 0).any())
            or (self.engine.heeds_health and bool(self.services))
        )
        self._nodes_volatile = any(
            i.component in below
            for below in [set().union(*map(self.components.closure, self.nodes.updates.requires))]
            for condition in self.conditions
            for i in condition.say.impairs
        )

    # --- building ----------------------------------------------------------------------------------------------

    def _engine(self, kind, settings):
        around = Surroundings(
            self.layout.clusters, self.horizon, self.components.down, self._unhealthy, self.layout.select_clusters
        )
        return kind(settings, self.keyed, around)

    def _version(self) -> tuple:
        """What changes whenever a plan does that components depend on."""
        spells = [c.on_node for c in self.conditions] + [c.on_cluster for c in self.conditions]
        spells += [c.on_all for c in self.conditions] + [replicas.refused for replicas in self.services]
        return (
            self.nodes.agenda.changes,
            sum(s.changes for s in spells if s is not None),
            self.engine.changes,
            self.pipeline.changes,
            sum(traffic.changes for traffic in self.kubernetes.traffic.values()),
        )

    def _unhealthy(self, names: list[str] | None, clusters: np.ndarray) -> Intervals:
        names = [service.name for service in self.spec.services] if names is None else names
        down = (self.components.down(name, clusters) for name in names)
        return self.kubernetes.rolling(names, clusters).union(*down)

    def _add_troubles(self) -> None:
        ends = np.array([system.access_ends() for system in self.nodes.systems])
        if np.isfinite(ends).any():
            lost = np.full(self.layout.clusters, np.inf)
            np.minimum.at(lost, self.layout.cluster, ends[self.layout.pool])
            index = np.flatnonzero(lost <= self.horizon)

            def locked_out(clusters: np.ndarray) -> Intervals:
                here = index[clusters[index]]
                return Intervals(here, lost[here], np.full(len(here), np.inf))

            self.components.troubles.setdefault("access", []).append(locked_out)
            if index.size:
                self.journal.write(
                    float(lost[index].min()),
                    "access lost",
                    "operators",
                    count=len(index),
                    until=float(lost[index].max()),
                    note="client certificates have expired",
                )

    def _add_conditions(self) -> None:
        found = [(c.name, say, n) for n, c in enumerate(self.changes) if (say := c.defect or self._deletion(c))]
        found += [(f.name, f, -2 - k) for k, f in enumerate(self.spec.faults)]
        for name, say, number in found:
            nodes = self.layout.select(say.when)
            if number >= 0 and self.changes[number].route == "os":  # another's version may have the same name
                nodes = nodes & self.targets(number)
            condition = ActiveCondition(
                name,
                say,
                number,
                nodes,
                self.layout.select_clusters(say.when),
                self.keyed,
                self.components.scope_of,
                self.horizon,
                self.nodes.on_version,
                self._by_pods(number, say),
            )
            self.conditions.append(condition)
            if number >= 0:
                self.defect_of[number] = condition
        self.conditions += [Overload(self, name, traffic) for name, traffic in self.kubernetes.traffic.items()]
        self.components.conditions = self.conditions

    def _deletion(self, change: Change) -> Condition | None:
        """What it does to services that their manifests are gone, where the engine prunes: they are deleted, and what
        one of them has stored comes back from a backup only."""
        carrier = change.via or self.engine.say.carriers()[0][0]
        if not (change.deletes and self.engine.prunes(carrier, change.empty_render)):
            return None
        first = self.engine.say.carriers()[0][0]
        lost = [
            service
            for service in self.spec.services
            if (change.empty_render and (service.via or first) == carrier) or service.name == change.service
        ]
        if not lost:
            return None
        stored = any(service.workload == "statefulset" or service.pinned for service in lost)
        impairs = [Impairment(component=service.name) for service in lost]
        return Condition(impairs=impairs, cleared_by=["restore"] if stored else ["revert", "restore"])

    def _by_pods(self, number: int, say: Condition) -> frozenset[str]:
        """The services that a defect hits by their pods: the one whose pods its change replaces, or deletes."""
        change = self.changes[number] if number >= 0 else None
        if change is None or change.defect is not say:
            return frozenset(i.component for i in say.impairs) if change is not None else frozenset()
        return frozenset(i.component for i in say.impairs if i.component == change.service)

    def _frozen(self, by: str, horizon: float) -> Entry | None:
        """What is told of the locks of a coordinator that are not given back."""
        nodes, since = self.nodes.updates.frozen(horizon)
        mine = np.array([not s.driven and s.coordinator.say.by == by for s in self.nodes.systems])
        chosen = mine[self.layout.pool[nodes]]
        if not chosen.any():
            return None
        nodes, first = nodes[chosen], float(since[chosen].min())
        clusters = len(np.unique(self.layout.cluster[nodes]))
        note = f"since then nodes wait in {clusters} cluster{'s' * (clusters > 1)}: the lock has no expiry"
        return Entry(first, "lock not given back", by, horizon, len(nodes), "", note)

    # --- asking ------------------------------------------------------------------------------------------------

    def nodes_impaired(self, clusters: np.ndarray | None = None, component: str | None = None) -> Intervals:
        """When running nodes are impaired by a condition (of one component only, if given); entity is the node."""
        chosen = None if clusters is None or clusters.all() else clusters[self.layout.cluster]
        parts = [
            c.impaired(i, c.grip_on_nodes(chosen))
            for c in self.conditions
            for i in c.of_scope("node")
            if i.to == "down" and (component is None or i.component == component)
        ]
        return Intervals.none().union(*parts)

    def targets(self, number: int) -> np.ndarray:
        """The nodes (bool) that a change is for."""
        return self.layout.select(self.changes[number].targets)

    def nodes_out(self, clusters: np.ndarray | None = None) -> Intervals:
        """When nodes can't serve, for whatever reason; entity is the node."""
        return self.kubernetes.nodes_out(clusters)

    def nodes_bad(self, clusters: np.ndarray | None = None) -> Intervals:
        """When nodes are out of order: not ready, unreachable or failed; entity is the node."""
        return self.nodes.bad(clusters).union(self.nodes_impaired(clusters))

    def drain(self, nodes: np.ndarray, together: np.ndarray) -> Drain:
        """What draining nodes meets; together: a number for each, the same for those that are drained at once."""
        seconds, blocked = np.zeros(len(nodes)), np.zeros(len(nodes), bool)
        for replicas in self.services:
            more, stuck = replicas.drain(nodes, together, self.env.now)
            seconds, blocked = seconds + more, blocked | stuck
        return Drain(seconds, blocked)

    def _boot_defect(self, nodes: np.ndarray, version: np.ndarray) -> BootDefect:
        found = BootDefect.none(len(nodes))
        stage, hangs = found.stage, found.hangs
        for number, condition in self.defect_of.items():
            change = self.changes[number]
            if change.route != "os":
                continue
            hit = (version == self.nodes.version(change.brings)) & condition.nodes[nodes]
            if condition.say.clock.after is None and any(i.to == "down" for i in condition.of_scope("node")):
                found.unready[hit] = True  # it breaks at once what runs on the node
            for impairment in condition.machine:
                at = BOOT_STAGES.get(impairment.component, 1)  # a dead disk is as good as no firmware
                earlier = hit & ((stage == 0) | (at < stage))
                stage[earlier], hangs[earlier] = at, impairment.mode == "hang"
        return found

    # --- telling -----------------------------------------------------------------------------------------------

    @property
    def is_watched(self) -> bool:
        """Whether anybody would see a change of plans before the next event of the calendar."""
        return bool(self._watches) or self._volatile or self._nodes_volatile

    def watch(
        self, size: int, holds: Callable[[np.ndarray], Intervals], groups: Callable[[np.ndarray], np.ndarray]
    ) -> Watch:
        """A watch that is told when something changes; groups: from a mask of clusters to its groups."""
        watch = Watch(self.env, size, holds)
        self._watches.append((watch, groups))
        return watch

    def changed(self, clusters: np.ndarray | None = None) -> None:
        """Plans for these clusters (numbers; default: all) are different now: engines plan and watches look again."""
        self.ahead.again()
        if not self.is_watched:
            return
        mask = np.ones(self.layout.clusters, bool)
        if clusters is not None and not any(c.loads_what_is_shared for c in self.conditions):
            mask[:] = False
            mask[clusters] = True
            mask |= (self.layout.hosts >= 0) & mask[self.layout.hosts]  # they stand and fall with their hosts
        if self._nodes_volatile:
            self.nodes.replan(self.env.now, mask)
        if self._volatile:
            self.engine.replan(self.env.now, mask)
            if self.pipeline is not self.engine:
                self.pipeline.replan(self.env.now, mask)
        for watch, groups in self._watches:
            watch.touch(groups(mask))
        if self.plans_change.callbacks:
            self.plans_change.succeed()
            self.plans_change = self.env.event()

    def tell_of(self, what: str, subject: str, times: Callable[[], np.ndarray], note: str = "") -> None:
        """Write to the journal, when the clock stops, what has come of a plan: how many, from when to when."""

        def entry(horizon: float) -> Entry | None:
            happened = times()
            happened = happened[happened <= horizon]
            if not happened.size:
                return None
            first, last = float(happened.min()), float(happened.max())
            return Entry(first, what, subject, last, len(happened), subject, note)

        self.journal.promise(entry)

    def tell(self, at: float, what: str, subject: str, **more) -> None:
        """Write to the journal."""
        self.journal.write(at, what, subject, **more)
