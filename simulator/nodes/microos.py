"""MicroOS: transactional updates into Btrfs snapshots, rebootmgr, health-checker.

Every node updates itself: a daily timer writes a new snapshot from the running root, rebootmgr reboots
into it in the maintenance window, health-checker looks at the base OS and rolls back. Nobody drains,
nobody takes a lock, and the kubelet is not among the things that are looked at.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from simulator.nodes.coordinators import CoordinatorChoice
from simulator.nodes.system import READ_ONLY_ROOT, Boot, Looking, SelfUpdatingSystem, Tails
from simulator.nodes.timers import DailyTimer
from simulator.scenario.base import Duration, Model, sourced
from simulator.scenario.change import Change
from simulator.scenario.distribution import DurationLike
from simulator.scenario.fleet import OperatingSystem


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
    continue_: bool = Field(
        False,
        alias="continue",
        description="--continue: build on the last snapshot, not on the running root.",
        json_schema_extra={"fact": "microos.tu.base_snapshot"},
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
    reboots: CoordinatorChoice = Field(
        "rebootmgr",
        description="Who lets a node reboot into its new snapshot: a name, or a map with `by` and settings.",
        json_schema_extra={"fact": "microos.tu.reboot_method"},
    )
    health_checker: HealthChecker = Field(default_factory=HealthChecker, description="Checks after a boot.")
    watchdog: Duration | None = Field(None, description="A hardware watchdog resets a machine that hangs after this.")
    dup: DurationLike = sourced("node.dup_duration", "Writing the new snapshot.")
    service_start: DurationLike = sourced("node.service_start", "From user space to Ready.")
    reboot: DurationLike | None = Field(None, description="A reboot; default by platform.")


class MicroOS(SelfUpdatingSystem):
    """The verbs of MicroOS."""

    settings = MicroOSSettings
    takes_newer = True
    tries_again = True

    # --- updating --------------------------------------------------------------------------------------------

    def looks(self, looking: Looking, zone: str) -> np.ndarray:
        tu = self.say.transactional_update
        if not tu.timer:
            return np.full(len(looking.nodes), np.inf)
        timer = DailyTimer(self.keyed, self.calendar, "node.timer", 0.0, tu.random_delay, tu.persistent)
        return timer.fires(looking, zone)

    def write_seconds(self, nodes: np.ndarray, attempt: np.ndarray) -> np.ndarray:
        return self.draw(self.say.dup, "dup", nodes, attempt)

    def forgets(self, waiting: Change, change: Change) -> bool:
        # Both snapshots branch from the running root. A dup brings what an earlier dup would have brought; a package
        # that somebody has installed is in one of them only.
        return not self.say.transactional_update.continue_ and "package" in (waiting.kind, change.kind)

    # --- booting ---------------------------------------------------------------------------------------------

    def boot(self, boot: Boot) -> tuple[np.ndarray, Tails]:
        stage, hangs, checker = boot.defect.stage, boot.defect.hangs, self.say.health_checker
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
        away, again = self.reboot_seconds(boot), self.second_reboot_seconds(boot)
        start = self.start_seconds(boot)
        tries = checker.tries if bls else 1  # a new snapshot is booted as often as the boot loader says
        lost_for = (away + np.where(hangs, self.say.watchdog or 0.0, 0.0)) * tries
        given_up = start * tries + away * (tries - 1)
        return outcome, {
            "boots": (away, start),
            "dead": (away,),
            "fallback": (lost_for, again),
            "revert": (away, given_up, again),
            "stopped": (away, start),
            "shell": (away, start),
        }

    # --- files -----------------------------------------------------------------------------------------------

    def refuses_edit(self, file: str) -> str:
        return "" if file.startswith(("/etc/", "/var/", "/root/", "/home/", "/opt/", "/srv/")) else READ_ONLY_ROOT

    def edit_is_lost(self, edited: str | None, touched: list[str]) -> bool:
        version = tuple(int(part) for part in f"{self.say.transactional_update.version}.0.0".split("."))
        if edited is None:
            return False
        if version >= (5, 0, 0):
            return edited in touched  # copied over at first boot only if the update left the file alone
        return version < (4, 6, 8)  # the overlay could be reset when the base snapshot had been cleaned up


#: What this file adds to the vocabulary.
SYSTEM = MicroOS
