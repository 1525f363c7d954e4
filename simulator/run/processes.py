"""The decision makers of a run, started: rollouts, faults, people on call."""

from __future__ import annotations

from simulator.operations import AlertChain, OnCallProcess, Team
from simulator.rollouts import RolloutProcess
from simulator.rollouts.plan import assign_stages
from simulator.run.carriers import carrier_of
from simulator.run.effects import Effects
from simulator.run.faults import FaultProcess
from simulator.run.levers import BY_GATE, Remedies
from simulator.run.watches import alert_watch, blind_spots, gate_watch
from simulator.run.world import World
from simulator.scenario.operations import Alert


def start(world: World) -> None:
    """Start everything that decides something in this world."""
    effects = Effects(world)
    levers = Remedies(world, effects)
    for number in range(len(world.changes)):
        _start_rollout(world, effects, levers, number)
    for condition in world.conditions:
        if condition.number < -1:
            world.env.process(FaultProcess(world, effects, condition).run())
    team = Team(world.env, world.spec.on_call, world.calendar, world.keyed)
    for alert in world.spec.alerts:
        _start_alert(world, levers, team, alert)


def _start_rollout(world: World, effects: Effects, levers: Remedies, number: int) -> None:
    change = world.changes[number]
    targets = world.layout.select(change.targets)
    world.carriers[number] = carrier_of(world, effects, number)
    world.rollouts[number] = RolloutProcess(
        env=world.env,
        change=change,
        number=number,
        carrier=world.carriers[number],
        stage_of=assign_stages(change.rollout, targets, world.layout.select),
        cluster=world.layout.cluster,
        keyed=world.keyed,
        watch_gate=lambda gate, nodes, clusters: gate_watch(world, gate, nodes, clusters),
        tell=world.tell,
        take_back=lambda number: levers.take_back(number, by=BY_GATE),
        plans_change=lambda: world.plans_change,
        horizon=world.horizon,
    )
    world.env.process(world.rollouts[number].run())


def _start_alert(world: World, levers: Remedies, team: Team, alert: Alert) -> None:
    process = OnCallProcess(
        env=world.env,
        chain=AlertChain(alert, world.keyed),
        watch=alert_watch(world, alert),
        team=team,
        remedies=world.spec.remedies,
        levers=levers,
        blind=lambda: blind_spots(world, alert),
        horizon=world.horizon,
        incidents=world.incidents,
        tell=world.tell,
    )
    world.env.process(process.run())
