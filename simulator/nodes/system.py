"""What every operating system can be asked. Each system is one file beside this one.

A system turns a request ("these nodes shall run that version from then on") into trajectories: times
and states. It decides by its own rules what a defect at a boot stage leads to; nobody outside asks
which system it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator import facts
from simulator.kernel import Calendar, Keyed
from simulator.nodes.programs import Program
from simulator.scenario.change import Change
from simulator.scenario.fleet import OperatingSystem

#: Boot stages in the order in which a machine passes them; 0 means that it boots.
BOOT_STAGES = {"boot.firmware": 1, "boot.kernel": 2, "boot.init": 3}


@dataclass(frozen=True)
class BootDefect:
    """At which stage the new version fails to boot, for each node of a request: 0 where it boots.

    hangs: it stands still there instead of ending with an error.
    """

    stage: np.ndarray
    hangs: np.ndarray

    @classmethod
    def none(cls, count: int) -> BootDefect:
        """Boots everywhere."""
        return cls(np.zeros(count, np.int8), np.zeros(count, bool))

    def of(self, index: np.ndarray) -> BootDefect:
        """For some of the nodes."""
        return BootDefect(self.stage[index], self.hangs[index])


@dataclass(frozen=True)
class Drain:
    """What draining each node of a request meets.

    seconds: to evict its pods one after the other as the budgets allow, with their own grace.
    blocked: a PodDisruptionBudget allows no eviction.
    """

    seconds: np.ndarray
    blocked: np.ndarray

    @classmethod
    def none(cls, count: int) -> Drain:
        """Nothing to evict."""
        return cls(np.zeros(count), np.zeros(count, bool))

    def of(self, index: np.ndarray) -> Drain:
        """For some of the nodes."""
        return Drain(self.seconds[index], self.blocked[index])


@dataclass(frozen=True)
class Request:
    """Nodes of one pool group, and what is wanted of them.

    start: when the new version is there for each (systems that fetch by themselves), or its turn comes.
    wave: a number for each node; nodes of one wave are named in one command. off: since when it had been switched
    off until `start` (NEVER: it had not).
    """

    nodes: np.ndarray
    start: np.ndarray
    change: Change
    attempt: int
    defect: BootDefect
    drain: Drain
    wave: np.ndarray
    zone: str
    off: np.ndarray

    def of(self, index: np.ndarray) -> Request:
        """For some of the nodes."""
        return Request(
            self.nodes[index],
            self.start[index],
            self.change,
            self.attempt,
            self.defect.of(index),
            self.drain.of(index),
            self.wave[index],
            self.zone,
            self.off[index],
        )


@dataclass(frozen=True)
class Trajectory:
    """Nodes of a request that go through the same program.

    index: their positions in the request; times: nodes x steps, seconds, rising.
    """

    index: np.ndarray
    program: Program
    times: np.ndarray


@dataclass(frozen=True)
class ConfigEffect:
    """What a machine configuration does when it reaches nodes.

    effect: when it takes effect (NEVER: it is refused, or waits for the next boot: see `at_boot`).
    ends: when the system takes it back by itself. at_boot: it waits for the node's next boot.
    reboots: nodes that reboot for it, from `effect` on.
    """

    effect: np.ndarray
    ends: np.ndarray
    at_boot: np.ndarray
    reboots: np.ndarray
    note: str = ""

    @property
    def refused(self) -> np.ndarray:
        """Nodes that will not take it (bool)."""
        return ~np.isfinite(self.effect) & ~self.at_boot

    @classmethod
    def at_once(cls, at: np.ndarray) -> ConfigEffect:
        """Takes effect when it arrives."""
        return cls(at, np.full(len(at), np.inf), np.zeros(len(at), bool), np.zeros(len(at), bool))


class System:
    """The verbs of an operating system, for one pool group with its settings."""

    settings: type[OperatingSystem]
    #: Somebody outside (an operator, a pipeline) updates node after node; otherwise nodes fetch by themselves.
    driven = False

    def __init__(self, settings: OperatingSystem, platform: str, keyed: Keyed, calendar: Calendar) -> None:
        self.say, self.platform, self.keyed, self.calendar = settings, platform, keyed, calendar

    # --- what each system answers for itself ----------------------------------------------------------------

    def update(self, request: Request) -> list[Trajectory]:
        """Trajectories to the change's version. Driven systems: `start` is when each node's turn comes."""
        raise TypeError(f"{type(self).__name__} does not say how it is updated")

    def boot(
        self, nodes: np.ndarray, attempt: np.ndarray | int, defect: BootDefect, purpose: str = "", cold: bool = False
    ) -> tuple[np.ndarray, dict[str, tuple[np.ndarray, ...]]]:
        """What booting the default comes to for each node (a name of `programs.BOOTS`), and for each of these names
        the durations between its steps. purpose: begins the names of the draws; cold: the machine was off."""
        times = self.reboot_seconds(nodes, attempt, purpose, cold), self.start_seconds(nodes, attempt, purpose)
        return np.where(defect.stage > 0, "dead", "boots"), {"boots": times, "dead": times[:1]}

    def forgets(self, waiting: Change, change: Change) -> bool:
        """Whether a change that is installed while another one waits for the reboot undoes that other."""
        return False

    def edit_is_lost(self, edited: str | None, touched: list[str]) -> bool:
        """Whether an edit below /etc, made while an update (of the files `touched`) waits for its reboot, is gone
        after it."""
        return False

    def stops_at_failure(self) -> bool:
        """Whether whoever drives the update stops in a pool at the first node that fails."""
        return False

    def waits_for_ready(self) -> bool:
        """Whether whoever drives the update goes on only when the node has reported Ready to Kubernetes."""
        return False

    def guards_etcd(self) -> bool:
        """Whether it refuses to upgrade a control-plane node of a two-member or unhealthy etcd."""
        return False

    def config(self, nodes: np.ndarray, at: np.ndarray, change: Change) -> ConfigEffect:
        """What a machine configuration does that arrives at `at`."""
        count = len(nodes)
        return ConfigEffect(at, np.full(count, np.inf), np.zeros(count, bool), np.full(count, change.reboot))

    def access_ends(self) -> float:
        """When operators lose their way in by themselves (certificates), seconds after the start."""
        return np.inf

    # --- what they share ----------------------------------------------------------------------------------------

    def draw(self, value: object, purpose: str, nodes: np.ndarray, attempt: np.ndarray | int) -> np.ndarray:
        """A duration for each node."""
        return self.keyed.draw(value, f"node.{purpose}", nodes, attempt)

    def reboot_seconds(
        self, nodes: np.ndarray, attempt: np.ndarray | int, purpose: str = "", cold: bool = False
    ) -> np.ndarray:
        """From the reboot order (or the power button: cold) to user space."""
        reboot = default_reboot(self.platform) if self.say.reboot is None else self.say.reboot
        return self.draw(reboot, f"{purpose}reboot", nodes, attempt)

    def start_seconds(self, nodes: np.ndarray, attempt: np.ndarray | int, purpose: str = "") -> np.ndarray:
        """From user space to Ready."""
        return self.draw(self.say.service_start, f"{purpose}service-start", nodes, attempt)

    def lay(self, index: np.ndarray, program: Program, start: np.ndarray, *durations: np.ndarray | float) -> Trajectory:
        """A trajectory whose first step begins at `start` and whose others follow after the durations."""
        times = np.empty((len(index), len(program.steps)))
        times[:, 0] = start
        for step, duration in enumerate(durations):
            times[:, step + 1] = times[:, step] + duration
        return Trajectory(index, program, times)


def default_reboot(platform: str) -> object:
    """Duration of a full reboot where the scenario says nothing."""
    from simulator.scenario.base import Duration, Seconds
    from simulator.scenario.distribution import Distribution, Lognormal

    name = "reboot.bare_metal_duration" if platform == "bare-metal" else "reboot.vm_duration"
    return Distribution[Duration](
        lognormal=Lognormal[Duration](median=Seconds(facts.get(name).seconds), sigma=facts.get(f"{name}.sigma").number)
    )
