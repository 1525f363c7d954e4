"""A mutable server, the baseline: packages upgraded in place at one time of the day, SSH, configuration management.

Upgrades run on a clock that all machines share; a new kernel waits for a reboot that nobody orders unless somebody says
so; anybody may change any file, and the next configuration run puts right only what it manages. Nothing goes back.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from simulator import facts
from simulator.kernel import NEVER, Calendar, Keyed, Polls
from simulator.nodes.coordinators import CoordinatorChoice
from simulator.nodes.layout import Layout
from simulator.nodes.system import Boot, ConfigEffect, Looking, SelfUpdatingSystem, Tails
from simulator.nodes.timers import DailyTimer
from simulator.scenario.base import Duration, Model, sourced
from simulator.scenario.change import Change
from simulator.scenario.distribution import DurationLike
from simulator.scenario.fleet import OperatingSystem
from simulator.scenario.window import TimeOfDay, seconds_of


class UnattendedUpgrades(Model):
    """The daily upgrade of packages."""

    enabled: bool = Field(True, description="false: nothing is upgraded by itself.")
    time: TimeOfDay = Field(
        f"{int(facts.get('mutable.upgrade.time').number):02}:00",
        description="When the timer fires, local time: the same on every machine.",
        json_schema_extra={"fact": "mutable.upgrade.time"},
    )
    random_delay: Duration = sourced("mutable.upgrade.random_delay", "The timer fires up to so long after that.")
    persistent: bool = Field(True, description="A run missed while switched off comes at the next boot.")


class ConfigurationManagement(Model):
    """An agent that applies the declared configuration again and again (Puppet, Chef, ansible-pull)."""

    interval: Duration = sourced("mutable.configuration.interval", "Time between two runs.", gt=0)
    manages: list[str] = Field(
        default_factory=lambda: ["/etc/"], description="What it puts right: paths that begin with one of these."
    )


class MutableSettings(OperatingSystem):
    """A server that is managed by hand and by agents."""

    name: Literal["mutable"] = "mutable"
    upgrades: UnattendedUpgrades = Field(default_factory=UnattendedUpgrades, description="Upgrades of packages.")
    reboots: CoordinatorChoice = Field(
        "hand",
        description="Who reboots a machine into its new kernel: a name, or a map with `by` and settings.",
    )
    configuration: ConfigurationManagement | None = Field(
        default_factory=ConfigurationManagement, description="Configuration management; null: none."
    )
    upgrade: DurationLike = sourced("node.dup_duration", "Upgrading the packages.")
    service_start: DurationLike = sourced("node.service_start", "From user space to Ready.")
    reboot: DurationLike | None = Field(None, description="A reboot; default by platform.")


class Mutable(SelfUpdatingSystem):
    """The verbs of a mutable server."""

    settings = MutableSettings
    takes_newer = True
    keeps_previous = False

    def __init__(
        self, settings: MutableSettings, platform: str, keyed: Keyed, calendar: Calendar, layout: Layout
    ) -> None:
        super().__init__(settings, platform, keyed, calendar, layout)
        runs = settings.configuration
        self._runs = Polls(keyed, "node.configuration", layout.nodes, runs.interval) if runs else None

    # --- updating --------------------------------------------------------------------------------------------

    def looks(self, looking: Looking, zone: str) -> np.ndarray:
        say = self.say.upgrades
        if not say.enabled:
            return np.full(len(looking.nodes), NEVER)
        timer = DailyTimer(
            self.keyed, self.calendar, "node.upgrade", seconds_of(say.time), say.random_delay, say.persistent
        )
        return timer.fires(looking, zone)

    def write_seconds(self, nodes: np.ndarray, attempt: np.ndarray) -> np.ndarray:
        return self.draw(self.say.upgrade, "dup", nodes, attempt)

    def installs_in_place(self, change: Change) -> bool:
        return change.kind == "package"

    # --- booting ---------------------------------------------------------------------------------------------

    def boot(self, boot: Boot) -> tuple[np.ndarray, Tails]:
        # An older kernel is in the boot menu, but somebody has to choose it.
        stage = boot.defect.stage
        outcome = np.where(stage > 0, "dead", "boots").astype("<U8")
        outcome[(stage == 3) & ~boot.defect.hangs] = "stopped"
        away, start = self.reboot_seconds(boot), self.start_seconds(boot)
        return outcome, {"boots": (away, start), "dead": (away,), "stopped": (away, start)}

    # --- configuration and files -----------------------------------------------------------------------------

    def config(self, nodes: np.ndarray, at: np.ndarray, change: Change) -> ConfigEffect:
        return ConfigEffect.at_once(at if self._runs is None else self._runs.next_after(nodes, at), change.reboot)

    def edit_ends(self, nodes: np.ndarray, at: np.ndarray, file: str) -> np.ndarray:
        if self._runs is None or not file.startswith(tuple(self.say.configuration.manages)):
            return np.full(len(nodes), NEVER)
        return self._runs.next_after(nodes, at)


#: What this file adds to the vocabulary.
SYSTEM = Mutable
