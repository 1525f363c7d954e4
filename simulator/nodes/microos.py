"""MicroOS: transactional updates into Btrfs snapshots, rebootmgr, health-checker.

Every node updates itself: a daily timer writes a new snapshot from the running root, rebootmgr reboots
into it in the maintenance window, health-checker looks at the base OS and rolls back. Nobody drains,
nobody takes a lock, and the kubelet is not among the things that are looked at.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, Field

from simulator import facts
from simulator.nodes.programs import Boots, Program, Step, family
from simulator.nodes.states import State
from simulator.nodes.system import BootDefect, ConfigEffect, Request, System, Trajectory
from simulator.scenario.base import Duration, Model, sourced
from simulator.scenario.change import Change
from simulator.scenario.distribution import DurationLike
from simulator.scenario.fleet import OperatingSystem

DAY = 86400.0
#: What rand() of the GNU C library returns first when nobody has seeded it.
FIRST_RAND = 1804289383


def _time_of_day(value: str) -> str:
    hours, _, minutes = value.partition(":")
    if not (hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60):
        raise ValueError(f"{value!r} is not a time of day; write 03:30")
    return value


TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]


def seconds_of(time_of_day: str) -> float:
    """Seconds after midnight of `03:30`."""
    hours, minutes = time_of_day.split(":")
    return int(hours) * 3600.0 + int(minutes) * 60.0


class TransactionalUpdate(Model):
    """transactional-update and its timer."""

    version: str = Field(
        "5.0.0",
        pattern=r"^\d+(\.\d+)*$",
        description="Decides how /etc is kept: a subvolume of the snapshot from 5.0.0, an overlay before.",
        json_schema_extra={"fact": "microos.etc.mechanism_since"},
    )
    timer: bool = Field(
        True, description="The daily timer runs.", json_schema_extra={"fact": "microos.tu.timer_schedule"}
    )
    random_delay: Duration = sourced("microos.tu.timer_random_delay", "The timer fires up to so long after midnight.")
    persistent: bool = sourced(
        "microos.tu.timer_persistent", "A run missed while switched off fires at the next boot.", reading="flag"
    )
    reboot_method: Literal["auto", "rebootmgr", "systemd", "none"] = Field(
        "auto",
        description="auto: rebootmgr; systemd: at once; none: waits for somebody.",
        json_schema_extra={"fact": "microos.tu.reboot_method"},
    )
    continue_: bool = Field(
        False,
        alias="continue",
        description="--continue: build on the last snapshot, not on the running root.",
        json_schema_extra={"fact": "microos.tu.base_snapshot"},
    )


class RebootManager(Model):
    """rebootmgr and its maintenance window (local time)."""

    strategy: Literal["best-effort", "maint-window", "instantly", "off"] = Field(
        "best-effort",
        description="When a requested reboot happens.",
        json_schema_extra={"fact": "microos.rebootmgr.strategy_default"},
    )
    window_start: TimeOfDay = Field(
        facts.get("microos.rebootmgr.window_start").value,
        description="Daily window.",
        json_schema_extra={"fact": "microos.rebootmgr.window_start"},
    )
    window_duration: Duration = sourced("microos.rebootmgr.window_duration", "How long the window is open.", gt=0)
    seeded: bool = Field(
        False,
        description="True: a rebootmgr with a seeded generator, so that reboots spread over the "
        "window. The real one draws the same first number on every node.",
        json_schema_extra={"fact": "microos.rebootmgr.window_jitter"},
    )


class HealthChecker(Model):
    """health-checker: looks at the base OS after a boot."""

    bootloader: Literal["grub", "bls"] = Field(
        "grub",
        description="grub: legacy GRUB with a flag; bls: systemd-boot with boot counting.",
        json_schema_extra={"fact": "microos.health.action_on_failure"},
    )
    tries: int = sourced(
        "microos.health.bls_boot_tries", "Boot attempts of a new snapshot (bls).", reading="number", ge=1
    )
    reboot: Literal["enabled", "disabled"] = Field(
        "enabled",
        description="disabled: emergency shell at once (bls).",
        json_schema_extra={"fact": "microos.health.opt_out"},
    )
    known_good: bool = Field(
        True,
        description="Some snapshot has been recorded as good before the start; false on a "
        "node that has never passed the check (grub).",
        json_schema_extra={"fact": "microos.health.legacy_no_state_file"},
    )


class MicroOSSettings(OperatingSystem):
    """openSUSE MicroOS and SLE Micro."""

    name: Literal["microos"] = "microos"
    transactional_update: TransactionalUpdate = Field(default_factory=TransactionalUpdate, description="Updates.")
    rebootmgr: RebootManager = Field(default_factory=RebootManager, description="Reboots.")
    health_checker: HealthChecker = Field(default_factory=HealthChecker, description="Checks after a boot.")
    watchdog: Duration | None = Field(None, description="A hardware watchdog resets a machine that hangs after this.")
    dup: DurationLike = sourced("node.dup_duration", "Writing the new snapshot.")
    service_start: DurationLike = sourced("node.service_start", "From user space to Ready.")
    reboot: DurationLike | None = Field(None, description="A reboot; default by platform.")


_HEAD = (Step(State.UPDATING), Step(State.PENDING_REBOOT, boots=Boots.NEW))
_PROGRAMS = family("microos", *_HEAD)
_WAITS = Program("microos-waits", *_HEAD)


class MicroOS(System):
    """The verbs of MicroOS."""

    settings = MicroOSSettings

    # --- when ------------------------------------------------------------------------------------------------

    def timer(self, nodes: np.ndarray, after: np.ndarray, zone: str) -> np.ndarray:
        """When each node's update timer fires next, at or after a time: midnight and a new random delay each day."""
        tu = self.say.transactional_update
        if not tu.timer:
            return np.full(len(nodes), np.inf)
        midnights = self.calendar.days(zone, 0.0)
        today = np.maximum(np.searchsorted(midnights, after, side="right") - 1, 0)
        found = np.full(len(nodes), np.inf)
        for ahead in range(-1, 2):  # a delay may be longer than what is left of the day
            day = np.clip(today + ahead, 0, len(midnights) - 1)
            fires = midnights[day] + tu.random_delay * self.keyed.uniform("node.timer", nodes, day)
            found = np.where((fires >= after) & (fires < found), fires, found)
        return found

    def reboot_order(self, nodes: np.ndarray, ready: np.ndarray, zone: str, attempt: int) -> np.ndarray:
        """When a node whose snapshot is ready reboots: rebootmgr's decision."""
        method, manager = self.say.transactional_update.reboot_method, self.say.rebootmgr
        if method == "none" or (method != "systemd" and manager.strategy == "off"):
            return np.full(len(nodes), np.inf)
        if method == "systemd" or manager.strategy == "instantly":
            return ready
        opens, lasts = seconds_of(manager.window_start), manager.window_duration
        if manager.seeded:
            jitter = lasts * self.keyed.uniform("node.rebootmgr", nodes, attempt)
        else:  # rand() % duration of a generator nobody has seeded: the same on every node
            jitter = float(FIRST_RAND % int(lasts))
        window, _ = self.calendar.next_daily(zone, opens, ready)
        return np.where(self.calendar.in_window(zone, opens, lasts, ready), ready, window + jitter)

    # --- what ------------------------------------------------------------------------------------------------

    def update(self, request: Request) -> list[Trajectory]:
        nodes, attempt = request.nodes, request.attempt
        by_hand = request.change.kind == "package"  # somebody runs transactional-update now
        begins = request.start if by_hand else self._begins(request)
        written = begins + self.draw(self.say.dup, "dup", nodes, attempt)
        ordered = self.reboot_order(nodes, written, request.zone, attempt)
        outcome, tails = self.boot(nodes, attempt, request.defect)
        outcome[~np.isfinite(ordered)] = "waits"
        found = []
        for name in np.unique(outcome):
            index = np.flatnonzero((outcome == name) & np.isfinite(begins))
            if not index.size:
                continue
            durations = [written[index] - begins[index]]
            if name != "waits":
                durations += [ordered[index] - written[index], *(d[index] for d in tails[name])]
            found.append(self.lay(index, _PROGRAMS.get(name, _WAITS), begins[index], *durations))
        return found

    def _begins(self, request: Request) -> np.ndarray:
        """When the timer fires for each node: a run that was missed while the machine was off comes right after its
        boot, and systemd delays it like any other."""
        tu = self.say.transactional_update
        begins = self.timer(request.nodes, request.start, request.zone)
        missed = np.flatnonzero(np.isfinite(request.off) & np.isfinite(request.start))
        if tu.timer and tu.persistent and missed.size:
            missed = missed[
                self.timer(request.nodes[missed], request.off[missed], request.zone) < request.start[missed]
            ]
            delay = tu.random_delay * self.keyed.uniform("node.timer-missed", request.nodes[missed], request.attempt)
            begins[missed] = np.minimum(begins[missed], request.start[missed] + delay)
        return begins

    def boot(
        self, nodes: np.ndarray, attempt: np.ndarray | int, defect: BootDefect, purpose: str = "", cold: bool = False
    ) -> tuple[np.ndarray, dict[str, tuple[np.ndarray, ...]]]:
        stage, hangs, checker = defect.stage, defect.hangs, self.say.health_checker
        bls = checker.bootloader == "bls"
        outcome = np.full(len(stage), "boots", dtype="<U8")
        outcome[stage == 1] = "dead"
        # It dies before user space has said that it is there; GRUB picks the last working snapshot, if it knows one.
        returns = ~hangs | (self.say.watchdog is not None)
        lost = (stage == 2) | ((stage == 3) & hangs)
        outcome[lost] = np.where(returns & (bls or checker.known_good), "fallback", "dead")[lost]
        judged = (stage == 3) & ~hangs
        if bls:
            outcome[judged] = "revert" if checker.reboot == "enabled" else "shell"
        else:
            outcome[judged] = "revert" if checker.known_good else "stopped"
        boot = self.reboot_seconds(nodes, attempt, purpose, cold)
        again = self.reboot_seconds(nodes, attempt, f"{purpose}second-")
        start = self.start_seconds(nodes, attempt, purpose)
        tries = checker.tries if bls else 1  # a new snapshot is booted as often as the boot loader says
        away = (boot + np.where(hangs, self.say.watchdog or 0.0, 0.0)) * tries
        given_up = start * tries + boot * (tries - 1)
        return outcome, {
            "boots": (boot, start),
            "dead": (boot,),
            "fallback": (away, again),
            "revert": (boot, given_up, again),
            "stopped": (boot, start),
            "shell": (boot, start),
        }

    def forgets(self, waiting: Change, change: Change) -> bool:
        # Both snapshots branch from the running root. A dup brings what an earlier dup would have brought; a package
        # that somebody has installed is in one of them only.
        return not self.say.transactional_update.continue_ and "package" in (waiting.kind, change.kind)

    # --- /etc ------------------------------------------------------------------------------------------------

    def edit_is_lost(self, edited: str | None, touched: list[str]) -> bool:
        version = tuple(int(part) for part in f"{self.say.transactional_update.version}.0.0".split("."))
        if edited is None:
            return False
        if version >= (5, 0, 0):
            return edited in touched  # copied over at first boot only if the update left the file alone
        return version < (4, 6, 8)  # the overlay could be reset when the base snapshot had been cleaned up

    def config(self, nodes: np.ndarray, at: np.ndarray, change: Change) -> ConfigEffect:
        return ConfigEffect(
            at, np.full(len(nodes), np.inf), np.zeros(len(nodes), bool), np.full(len(nodes), change.reboot)
        )


#: What this file adds to the vocabulary.
SYSTEM = MicroOS
