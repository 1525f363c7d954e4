"""The fleet as one would write it first: a process for each node, and every poll an event.

A node looks for a release every 315 s (a poll every 5 min with some jitter), and updates when it finds one:
pull and install, drain, reboot, start. It dies at exponential times and is repaired after an exponential
time; then it boots what is installed. An update that was cut short before it was installed begins anew.

It is here to be compared with: by distribution (test_naive.py), and by speed (tests/benchmarks). It shares
no code with the simulator, and no random numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import simpy


@dataclass(frozen=True)
class Settings:
    """What happens to each node, in seconds; jitter is half the relative width of the gap between polls."""

    nodes: int
    horizon: float
    releases: tuple[float, ...] = ()
    poll: float = 315.0
    jitter: float = 0.0
    first_poll_at_start: bool = False
    install: float = 300.0
    drain: float = 0.0
    reboot: float = 120.0
    start: float = 60.0
    failure_rate: float = 0.0
    repair: float = 4 * 3600.0


@dataclass
class Node:
    """One node, and what happened to it.

    seen, done: (release, when); outages: from death to being up again; reboots: boots, whatever the reason.
    """

    env: simpy.Environment
    say: Settings
    rng: np.random.Generator
    runs: int = 0
    installed: int = 0
    dead: bool = False
    polls: int = 0
    reboots: int = 0
    seen: list[tuple[int, float]] = field(default_factory=list)
    done: list[tuple[int, float]] = field(default_factory=list)
    outages: list[tuple[float, float]] = field(default_factory=list)

    def live(self):
        """Poll, update, and be interrupted by death."""
        wait = 0.0 if self.say.first_poll_at_start else self.say.poll * self.rng.random()
        while True:
            try:
                yield self.env.timeout(wait)
                self.polls += 1
                released = sum(at <= self.env.now for at in self.say.releases)
                if released > self.runs:
                    self.seen.append((released, self.env.now))
                    yield from self.update(released)
            except simpy.Interrupt:
                yield from self.repaired()
            wait = self.say.poll * (1 + self.say.jitter * (2 * self.rng.random() - 1))

    def update(self, release: int):
        """To a release, however often death comes in between."""
        while self.runs < release:
            try:
                yield self.env.timeout(self.say.install)
                self.installed = release
                yield self.env.timeout(self.say.drain)
                yield from self.booted()
            except simpy.Interrupt:
                yield from self.repaired()
        self.done.append((release, self.env.now))

    def repaired(self):
        """Until it is up again; it may die anew while it boots."""
        died = self.env.now
        while True:
            try:
                self.dead = True
                yield self.env.timeout(self.rng.exponential(self.say.repair))
                self.dead = False
                yield from self.booted()
                break
            except simpy.Interrupt:
                continue
        self.outages.append((died, self.env.now))

    def booted(self):
        """Boot what is installed."""
        self.reboots += 1
        yield self.env.timeout(self.say.reboot + self.say.start)
        self.runs = self.installed

    def die(self, life: simpy.Process):
        """At exponential times; what is dead stays dead."""
        while True:
            yield self.env.timeout(self.rng.exponential(1 / self.say.failure_rate))
            if not self.dead:
                life.interrupt()


def simulate(say: Settings, seed: int) -> list[Node]:
    """Run the fleet to the horizon."""
    env, rng = simpy.Environment(), np.random.default_rng(seed)
    nodes = [Node(env, say, rng) for _ in range(say.nodes)]
    for node in nodes:
        life = env.process(node.live())
        if say.failure_rate:
            env.process(node.die(life))
    env.run(until=say.horizon)
    return nodes
