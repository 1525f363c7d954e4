"""`simulate(scenario, seed) -> Run`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from simulator.run.carriers import carrier_of
from simulator.run.effects import Effects
from simulator.run.faults import FaultProcess
from simulator.run.levers import Remedies
from simulator.run.world import World
from simulator.scenario.document import Scenario

if TYPE_CHECKING:
    import pandas as pd


def simulate(scenario: Scenario, seed: int = 1, replication: int = 0) -> Run:
    """One run of a scenario. Same scenario, seed, replication and version: the same run, to the byte."""
    world = World(scenario, seed, replication)
    effects = Effects(world)
    for number in range(len(world.changes)):
        world.add_rollout(number, carrier_of(world, effects, number))
    for condition in world.conditions:
        if condition.number < -1:
            world.env.process(FaultProcess(world, effects, condition).run())
    levers = Remedies(world, effects)
    for alert in world.spec.alerts:
        world.add_alert(alert, levers)
    world.env.run(until=world.horizon)
    return Run(world, seed, replication)


class Run:
    """What came of a run: tables, metrics, pictures.

    Tables are pandas DataFrames, made when they are first asked for; their columns with dtype, unit and
    meaning are in `simulator.results.columns`. Times are seconds since the scenario's start.
    """

    def __init__(self, world: World, seed: int, replication: int) -> None:
        self.world, self.scenario, self.seed, self.replication = world, world.scenario, seed, replication
