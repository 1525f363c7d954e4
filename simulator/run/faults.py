"""Faults: conditions that come by themselves, at a time or at a rate."""

from __future__ import annotations

import numpy as np

from simulator.components import ActiveCondition
from simulator.run.effects import Effects
from simulator.run.world import World


class FaultProcess:
    """One fault of the scenario.

    Failures of N entities at the same rate are one Poisson stream with a uniform victim: a node, or all that has a
    rack, a zone, a region in common. Nothing decides between two events of the calendar, so what fails in between is
    claimed in one batch. Somebody who watches may decide before the batch is over; then failures are taken one by one,
    but for those of machines, which are planned ahead.
    """

    def __init__(self, world: World, effects: Effects, condition: ActiveCondition) -> None:
        self.world, self.effects, self.condition = world, effects, condition
        self._on_nodes = bool(condition.machine or condition.on_node is not None)
        self._entities = np.flatnonzero(condition.nodes if self._on_nodes else condition.clusters)
        if not self._on_nodes and condition.on_cluster is None:
            self._entities = self._entities[:1]  # what is shared by all fails once, not once for each cluster
        self._times, self._victims = self._schedule()
        if self.plans_ahead:
            world.ahead.faults[condition.number] = self.strike

    @property
    def plans_ahead(self) -> bool:
        """Whether its strikes may be planned before they come: those that do nothing but stop machines."""
        condition = self.condition
        return bool(condition.machine) and not any((condition.on_node, condition.on_cluster, condition.on_all))

    def _schedule(self) -> tuple[np.ndarray, np.ndarray]:
        """When it strikes, and whom, by time; whole batches when it comes at a time or has a common cause."""
        clock, world = self.condition.say.clock, self.world
        if not len(self._entities):
            return np.zeros(0), np.zeros(0, int)
        if clock.rate is not None:
            return self._arrivals(clock.rate)
        if clock.age is not None:  # what is older at the start has seen to it before
            clusters = world.layout.cluster[self._entities] if self._on_nodes else self._entities
            times = clock.age - world.layout.ages[clusters]
            comes = np.flatnonzero((times >= 0) & (times < world.horizon))
            comes = comes[np.argsort(times[comes], kind="stable")]
            return times[comes], self._entities[comes]
        times = np.arange(clock.at, world.horizon, clock.every) if clock.every else np.array([clock.at])
        return np.repeat(times, len(self._entities)), np.tile(self._entities, len(times))

    def _arrivals(self, rate: float) -> tuple[np.ndarray, np.ndarray]:
        """A Poisson stream over what fails together."""
        name, horizon, keyed = self.condition.name, self.world.horizon, self.world.keyed
        groups = self._common_cause()
        order = np.argsort(groups, kind="stable")
        size = np.bincount(groups)
        mean = 1.0 / (rate * len(size))
        # Arrivals by order: the k-th gap has its own key, so a longer run begins with the same failures.
        expected = horizon / mean
        room = np.arange(int(expected + 8 * np.sqrt(expected) + 16))
        times = np.cumsum(-mean * np.log1p(-keyed.uniform(f"{name}.gap", room)))
        struck = (keyed.uniform(f"{name}.victim", room) * len(size)).astype(int)
        times, struck = times[times < horizon], struck[times < horizon]
        first = np.repeat((np.cumsum(size) - size)[struck], size[struck])
        ends = np.cumsum(size[struck])
        place = np.arange(len(first)) - np.repeat(ends - size[struck], size[struck])
        return np.repeat(times, size[struck]), self._entities[order[first + place]]

    def _common_cause(self) -> np.ndarray:
        """The number, from 0, of what each entity fails together with."""
        together, layout = self.condition.say.together, self.world.layout
        if together == "node":
            return np.arange(len(self._entities))
        nodes = self._entities if self._on_nodes else np.searchsorted(layout.cluster, self._entities)
        return np.unique(layout.together(together)[nodes], return_inverse=True)[1]

    def run(self):
        """The SimPy process."""
        env, begin = self.world.env, 0
        while begin < len(self._times):
            if self.plans_ahead and self.world.is_watched:
                later = slice(begin, None)
                self.world.ahead.plan(self._victims[later], self._times[later], self.condition.number)
                return
            if self._times[begin] > env.now:
                yield env.timeout(self._times[begin] - env.now)
            until = env.now if self.world.is_watched else env.peek()
            end = int(np.searchsorted(self._times, until, side="right" if until <= env.now else "left"))
            end = max(end, begin + 1)
            self._strike_all(self._victims[begin:end], self._times[begin:end])
            begin = end

    def _strike_all(self, victims: np.ndarray, times: np.ndarray) -> None:
        turn = _occurrence(victims)  # a machine that dies twice must have come back in between
        for number in range(int(turn.max()) + 1):
            self.strike(victims[turn == number], times[turn == number])

    def strike(self, victims: np.ndarray, at: np.ndarray) -> None:
        condition, world = self.condition, self.world
        if condition.machine:
            number = world.nodes.failures[victims]
            lasts = condition.say.expires_after
            repair = world.keyed.draw(np.inf if lasts is None else lasts, f"{condition.name}.repair", victims, number)
            world.nodes.fail(victims, at, repair, condition.number)
        if condition.on_node is not None:
            condition.bite_nodes(victims, at)
        if self._on_nodes:
            clusters = np.unique(world.layout.cluster[victims])
        else:
            clusters = victims
        if condition.on_cluster is not None or condition.on_all is not None:
            condition.bite_clusters(clusters, np.full(len(clusters), at[0]) if self._on_nodes else at)
        if condition.say.clock.rate is None or condition.say.together != "node":
            for time, count in zip(*np.unique(at, return_counts=True), strict=True):
                world.tell(float(time), "fault", condition.name, count=int(count), cause=condition.name)
        world.changed(None if condition.on_all is not None else clusters)


def _occurrence(victims: np.ndarray) -> np.ndarray:
    """For each strike of a batch, how often its victim was struck before in the batch."""
    order = np.argsort(victims, kind="stable")
    first = np.append(True, victims[order][1:] != victims[order][:-1])
    index, turn = np.arange(len(victims)), np.empty(len(victims), int)
    turn[order] = index - np.maximum.accumulate(np.where(first, index, 0))
    return turn
