"""What every operating system can be asked. Each system is one file beside this one.

Some are driven: an operator, or a pipeline, updates node after node (`DrivenSystem`). The others update themselves:
each node looks for a version, writes it, and asks for leave to reboot (`SelfUpdatingSystem`). A system decides by its
own rules what a defect at a boot stage leads to; nobody outside asks which system it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from simulator import facts
from simulator.kernel import NEVER, Calendar, Keyed
from simulator.nodes.coordinators import COORDINATORS, Coordinator
from simulator.nodes.layout import Layout
from simulator.nodes.programs import REBOOT, Program
from simulator.scenario.change import Change
from simulator.scenario.fleet import OperatingSystem

#: Boot stages in the order in which a machine passes them; 0 means that it boots.
BOOT_STAGES = {"boot.firmware": 1, "boot.kernel": 2, "boot.init": 3}

#: What people are told who try to change a file of the system itself.
READ_ONLY_ROOT = "the root is read-only"

#: The durations between the steps of what a boot may come to, by its name in `programs.BOOTS`.
Tails = dict[str, tuple[np.ndarray, ...]]


@dataclass(frozen=True)
class BootDefect:
    """At which stage a version fails to boot, for each node: 0 where it boots.

    hangs: it stands still there instead of ending with an error. unready: it boots, and breaks at once what runs on
    it, so that Kubernetes never sees it Ready.
    """

    stage: np.ndarray
    hangs: np.ndarray
    unready: np.ndarray

    @classmethod
    def none(cls, count: int) -> BootDefect:
        """Boots everywhere."""
        return cls(np.zeros(count, np.int8), np.zeros(count, bool), np.zeros(count, bool))

    def of(self, index: np.ndarray) -> BootDefect:
        """For some of the nodes."""
        return BootDefect(self.stage[index], self.hangs[index], self.unready[index])


@dataclass(frozen=True)
class Boot:
    """Nodes that boot a version.

    attempt: a number for the draws, with `purpose`, which begins their names. fresh: the version did not run before
    (bool). cold: the machine was off.
    """

    nodes: np.ndarray
    attempt: np.ndarray | int
    defect: BootDefect
    fresh: np.ndarray
    purpose: str = ""
    cold: bool = False


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


@dataclass(frozen=True)
class Request:
    """Nodes of one pool group that somebody updates.

    start: when the turn of each comes. wave: a number for each node; nodes of one wave are named in one command.
    """

    nodes: np.ndarray
    start: np.ndarray
    change: Change
    attempt: int
    defect: BootDefect
    drain: Drain
    wave: np.ndarray


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
    def at_once(cls, at: np.ndarray, reboots: bool = False) -> ConfigEffect:
        """Takes effect when it arrives, or (reboots) after the reboot that it asks for then."""
        return cls(at, np.full(len(at), np.inf), np.zeros(len(at), bool), np.full(len(at), reboots))


class System:
    """The verbs of an operating system, for one pool group with its settings."""

    settings: type[OperatingSystem]
    #: Somebody outside updates node after node; otherwise nodes update themselves.
    driven: bool
    #: Another version is kept that can be booted: a slot, a snapshot, a deployment.
    keeps_previous = True
    #: Single packages can be installed on a node.
    takes_packages = True

    def __init__(
        self, settings: OperatingSystem, platform: str, keyed: Keyed, calendar: Calendar, layout: Layout
    ) -> None:
        self.say, self.platform, self.keyed, self.calendar, self.layout = settings, platform, keyed, calendar, layout

    # --- what each system answers for itself ----------------------------------------------------------------

    def boot(self, boot: Boot) -> tuple[np.ndarray, Tails]:
        """What booting comes to for each node (a name of `programs.BOOTS`), and for each of these names the durations
        between its steps."""
        times = self.reboot_seconds(boot), self.start_seconds(boot)
        return np.where(boot.defect.stage > 0, "dead", "boots"), {"boots": times, "dead": times[:1]}

    def config(self, nodes: np.ndarray, at: np.ndarray, change: Change) -> ConfigEffect:
        """What a machine configuration does that arrives at `at`."""
        return ConfigEffect.at_once(at, change.reboot)

    def refuses_edit(self, file: str) -> str:
        """Why nobody can change this file of a running node by hand; '' where somebody can."""
        return ""

    def edit_ends(self, nodes: np.ndarray, at: np.ndarray, file: str) -> np.ndarray:
        """When the system itself puts a file right that somebody has changed at `at`; NEVER when it does not."""
        return np.full(len(nodes), NEVER)

    def edit_is_lost(self, edited: str | None, touched: list[str]) -> bool:
        """Whether an edit below /etc, made while an update (of the files `touched`) waits for its reboot, is gone
        after it."""
        return False

    def access_ends(self) -> float:
        """When operators lose their way in by themselves (certificates), seconds after the start."""
        return np.inf

    # --- what they share ----------------------------------------------------------------------------------------

    def comes_to(self, boot: Boot) -> tuple[np.ndarray, np.ndarray]:
        """What a boot comes to for each node, and how long it takes until the node serves again; NEVER where it does
        not."""
        outcome, tails = self.boot(boot)
        away = np.full(len(boot.nodes), NEVER)
        for name in np.unique(outcome):
            program, some = REBOOT[str(name)], outcome == name
            if not program.is_stuck:
                away[some] = np.sum([d[some] for d in tails[name][: program.ready_step]], axis=0)
        return outcome, away

    def draw(self, value: object, purpose: str, nodes: np.ndarray, attempt: np.ndarray | int) -> np.ndarray:
        """A duration for each node."""
        return self.keyed.draw(value, f"node.{purpose}", nodes, attempt)

    def reboot_seconds(self, boot: Boot, which: str = "") -> np.ndarray:
        """From the reboot order (or the power button, when it is cold) to user space; `which` names a later one."""
        reboot = default_reboot(self.platform) if self.say.reboot is None else self.say.reboot
        return self.draw(reboot, f"{boot.purpose}{which}reboot", boot.nodes, boot.attempt)

    def second_reboot_seconds(self, boot: Boot) -> np.ndarray:
        """The reboot that leads back from a version, where any of the nodes may need one."""
        if not (boot.defect.stage.any() or boot.defect.unready.any()):
            return np.zeros(len(boot.nodes))
        return self.reboot_seconds(boot, "second-")

    def start_seconds(self, boot: Boot) -> np.ndarray:
        """From user space to Ready."""
        return self.draw(self.say.service_start, f"{boot.purpose}service-start", boot.nodes, boot.attempt)


class DrivenSystem(System):
    """A system that somebody outside updates, node after node."""

    driven = True

    def update(self, request: Request) -> list[Trajectory]:
        """Trajectories to the change's version, from when each node's turn comes."""
        raise TypeError(f"{type(self).__name__} does not say how it is updated")

    def stops_at_failure(self) -> bool:
        """Whether whoever drives the update stops in a pool at the first node that fails."""
        return False

    def waits_for_ready(self) -> bool:
        """Whether whoever drives the update goes on only when the node has reported Ready to Kubernetes."""
        return False

    def guards_etcd(self) -> bool:
        """Whether it refuses to upgrade a control-plane node of a two-member or unhealthy etcd."""
        return False

    def lay(self, index: np.ndarray, program: Program, start: np.ndarray, *durations: np.ndarray | float) -> Trajectory:
        """A trajectory whose first step begins at `start` and whose others follow after the durations."""
        times = np.empty((len(index), len(program.steps)))
        times[:, 0] = start
        for step, duration in enumerate(durations):
            times[:, step + 1] = times[:, step] + duration
        return Trajectory(index, program, times)


@dataclass(frozen=True)
class Looking:
    """Nodes that look for a new version.

    at: not before. booted: when each came up last (-NEVER: long ago). off: since when it had been off before that
    (NEVER: it had not).
    """

    nodes: np.ndarray
    at: np.ndarray
    booted: np.ndarray
    off: np.ndarray

    def of(self, index: np.ndarray, at: np.ndarray | None = None) -> Looking:
        """Some of them, from another time on if one is given."""
        return Looking(self.nodes[index], self.at[index] if at is None else at, self.booted[index], self.off[index])


class SelfUpdatingSystem(System):
    """A system whose nodes look for versions, install them, and reboot when their coordinator lets them."""

    driven = False
    #: A newer version is installed while an earlier one waits for its reboot.
    takes_newer = False
    #: The update server decides who may have a version when: it is asked (`admitted`).
    is_rationed = False
    #: A version that the node has gone back from by itself is installed again.
    tries_again = False

    def __init__(
        self, settings: OperatingSystem, platform: str, keyed: Keyed, calendar: Calendar, layout: Layout
    ) -> None:
        super().__init__(settings, platform, keyed, calendar, layout)
        reboots = self.say.reboots
        self.coordinator: Coordinator = COORDINATORS[reboots.by](reboots, keyed, calendar, layout)

    # --- what each system answers for itself ----------------------------------------------------------------

    def looks(self, looking: Looking, zone: str) -> np.ndarray:
        """When each looks for a version next."""
        raise TypeError(f"{type(self).__name__} does not say when it looks")

    def looks_again(self, looking: Looking, failed: np.ndarray, zone: str) -> np.ndarray:
        """When each looks next after a look that failed for want of the server, which is up again at `looking.at`;
        NEVER: it has given the version up."""
        return self.looks(looking, zone)

    def write_seconds(self, nodes: np.ndarray, attempt: np.ndarray) -> np.ndarray:
        """How long fetching and writing a version takes."""
        raise TypeError(f"{type(self).__name__} does not say how long it writes")

    def held_up_seconds(self, nodes: np.ndarray, attempt: np.ndarray) -> np.ndarray:
        """For how long people who are logged in hold up the reboot."""
        return np.zeros(len(nodes))

    def admitted(
        self, nodes: np.ndarray, looks: np.ndarray, lasts: np.ndarray, succeeds: np.ndarray, zone: str
    ) -> np.ndarray:
        """When the update server lets each have the version that it finds at its look; NEVER: it does not.

        lasts: from the look until the version runs, as far as can be told before; succeeds: whether it will (bool).
        """
        return looks

    def installs_in_place(self, change: Change) -> bool:
        """Whether what a change brings runs at once, without a reboot."""
        return False

    def forgets(self, waiting: Change, change: Change) -> bool:
        """Whether a change that is installed while another one waits for the reboot undoes that other."""
        return False

    def ramp_place(self, nodes: np.ndarray) -> np.ndarray | None:
        """The place of each node in every ramp, between 0 and 1; None: drawn anew for each."""
        return None


@cache
def default_reboot(platform: str) -> object:
    """Duration of a full reboot where the scenario says nothing."""
    from simulator.scenario.base import Duration, Seconds
    from simulator.scenario.distribution import Distribution, Lognormal

    name = "reboot.bare_metal_duration" if platform == "bare-metal" else "reboot.vm_duration"
    return Distribution[Duration](
        lognormal=Lognormal[Duration](median=Seconds(facts.get(name).seconds), sigma=facts.get(f"{name}.sigma").number)
    )
