"""Fedora CoreOS: Zincati, a graph of releases with ramps, barriers and dead ends, and no rollback by itself.

The server lets nodes see a release along a ramp, in an order that is a hash of each node: the same nodes are first in
every release. A node that has staged a release looks for no other. What fails stays so, unless greenboot is there.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from simulator import facts
from simulator.kernel import NEVER, Calendar, Keyed, Polls
from simulator.nodes.coordinators import CoordinatorChoice
from simulator.nodes.layout import Layout
from simulator.nodes.system import READ_ONLY_ROOT, Boot, Looking, SelfUpdatingSystem, Tails
from simulator.scenario.base import Duration, Model, Share, Whole, sourced
from simulator.scenario.distribution import DurationLike
from simulator.scenario.fleet import OperatingSystem


class Zincati(Model):
    """Zincati, the update agent."""

    enabled: bool = Field(True, description="false: the node stays on its release.")
    interval: Duration = sourced("fedora-coreos.zincati.steady_interval", "Time between two looks.", gt=0)
    wariness: Share | None = Field(
        None,
        description="The node's place in every ramp: 0 is a canary, 1 among the last; default: a hash of the node.",
        json_schema_extra={"fact": "fedora-coreos.cincinnati.wariness"},
    )
    attempts: Whole = sourced(
        "fedora-coreos.zincati.deploy_attempts",
        "Tries to fetch a release before it is given up.",
        reading="number",
        ge=1,
    )


class Greenboot(Model):
    """greenboot: checks after a boot, and a way back."""

    max_boot_attempts: Whole = sourced(
        "greenboot.max_boot_attempts",
        "Boots of a release that does not pass, before it is left.",
        reading="number",
        ge=1,
    )
    checks_kubelet: bool = Field(
        False, description="A required check asks whether the kubelet runs, besides the operating system's own."
    )


class FedoraCoreOSSettings(OperatingSystem):
    """Fedora CoreOS."""

    name: Literal["fedora-coreos"] = "fedora-coreos"
    zincati: Zincati = Field(default_factory=Zincati, description="Updates.")
    reboots: CoordinatorChoice = Field(
        "immediate",
        description="Zincati's strategy: immediate, fleetlock, periodic; or another coordinator.",
        json_schema_extra={"fact": "fedora-coreos.zincati.strategy_default"},
    )
    sessions: Share = Field(
        0.0,
        description="Share of reboots that find somebody logged in and are put off as long as that is allowed.",
        json_schema_extra={"fact": "fedora-coreos.zincati.session_postpone"},
    )
    greenboot: Greenboot | None = Field(
        None,
        description="greenboot, where it was installed; default: nothing goes back by itself.",
        json_schema_extra={"fact": "fedora-coreos.rollback.automatic"},
    )
    watchdog: Duration | None = Field(None, description="A hardware watchdog resets a machine that hangs after this.")
    stage: DurationLike = sourced("node.pull_duration", "Fetching and staging a release.")
    service_start: DurationLike = sourced("node.service_start", "From user space to Ready.")
    reboot: DurationLike | None = Field(None, description="A reboot; default by platform.")


#: A reboot is put off for a minute while somebody is logged in, and so often at most.
POSTPONED, POSTPONEMENTS = 60.0, 10


class FedoraCoreOS(SelfUpdatingSystem):
    """The verbs of Fedora CoreOS."""

    settings = FedoraCoreOSSettings

    def __init__(
        self, settings: FedoraCoreOSSettings, platform: str, keyed: Keyed, calendar: Calendar, layout: Layout
    ) -> None:
        super().__init__(settings, platform, keyed, calendar, layout)
        _, most = facts.get("fedora-coreos.zincati.jitter").range  # each wait is longer by up to so many per cent
        self._period = settings.zincati.interval * (1 + most / 200)
        jitter = (most / 200) / (1 + most / 200)
        self._looks = Polls(keyed, "node.zincati", layout.nodes, self._period, jitter, calendar.horizon)

    # --- updating --------------------------------------------------------------------------------------------

    def looks(self, looking: Looking, zone: str) -> np.ndarray:
        if not self.say.zincati.enabled:
            return np.full(len(looking.nodes), NEVER)
        return self._looks.next_after(looking.nodes, looking.at)

    def looks_again(self, looking: Looking, failed: np.ndarray, zone: str) -> np.ndarray:
        tries = (looking.at - failed) / self._period
        return np.where(tries < self.say.zincati.attempts, self.looks(looking, zone), NEVER)

    def write_seconds(self, nodes: np.ndarray, attempt: np.ndarray) -> np.ndarray:
        return self.draw(self.say.stage, "pull", nodes, attempt)

    def held_up_seconds(self, nodes: np.ndarray, attempt: np.ndarray) -> np.ndarray:
        there = self.keyed.uniform("node.session", nodes, attempt) < self.say.sessions
        return np.where(there, POSTPONED * POSTPONEMENTS, 0.0)

    def ramp_place(self, nodes: np.ndarray) -> np.ndarray:
        if self.say.zincati.wariness is not None:
            return np.full(len(nodes), self.say.zincati.wariness)
        return self.keyed.uniform("node.wariness", nodes)

    # --- booting ---------------------------------------------------------------------------------------------

    def boot(self, boot: Boot) -> tuple[np.ndarray, Tails]:
        stage, hangs, say = boot.defect.stage, boot.defect.hangs, self.say
        outcome = np.full(len(stage), "boots", dtype="<U8")
        outcome[stage == 1] = "dead"
        outcome[stage == 2] = "dead"  # it panics at every boot, or stands still
        outcome[stage == 3] = np.where(hangs, "dead", "stopped")[stage == 3]
        tries = 1
        if say.greenboot is not None:  # the boot loader counts, and the last boot is of the release before
            tries = say.greenboot.max_boot_attempts
            resets = ~hangs | (say.watchdog is not None)
            outcome[(stage == 2) & resets] = "fallback"
            outcome[(stage == 3) & hangs & resets] = "fallback"
            outcome[(stage == 3) & ~hangs] = "revert"
            if say.greenboot.checks_kubelet:
                outcome[(stage == 0) & boot.fresh & boot.defect.unready] = "revert"
        away, again = self.reboot_seconds(boot), self.second_reboot_seconds(boot)
        start = self.start_seconds(boot)
        lost = (away + np.where(hangs, say.watchdog or 0.0, 0.0)) * tries
        return outcome, {
            "boots": (away, start),
            "dead": (away,),
            "fallback": (lost, again),
            "revert": (away, start * tries + away * (tries - 1), again),
            "stopped": (away, start),
        }

    # --- files -----------------------------------------------------------------------------------------------

    def refuses_edit(self, file: str) -> str:
        return "" if file.startswith(("/etc/", "/var/")) else READ_ONLY_ROOT


#: What this file adds to the vocabulary.
SYSTEM = FedoraCoreOS
