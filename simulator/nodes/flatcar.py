"""Flatcar: update_engine and two slots, a boot loader that counts tries, and an update server that may have a policy.

A new slot has one try; 45 s after update_engine has come up it is marked good, which says nothing about what runs on
the node. What fails before that goes back at the next boot; then the same version is offered and installed again, until
somebody takes it off the server. While a node waits for its reboot it looks for nothing newer.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from simulator import facts
from simulator.kernel import NEVER, Calendar, Keyed, Polls, backoff
from simulator.nodes.coordinators import CoordinatorChoice
from simulator.nodes.layout import Layout
from simulator.nodes.nebraska import Nebraska, Policy
from simulator.nodes.system import READ_ONLY_ROOT, Boot, Looking, SelfUpdatingSystem, Tails
from simulator.scenario.base import Duration, Share, sourced
from simulator.scenario.distribution import DurationLike
from simulator.scenario.fleet import OperatingSystem


class FlatcarSettings(OperatingSystem):
    """Flatcar Container Linux."""

    name: Literal["flatcar"] = "flatcar"
    update_engine: Literal["enabled", "masked"] = Field(
        "enabled",
        description="masked: somebody installs an update by hand as soon as it is there, and no slot is marked good.",
        json_schema_extra={"fact": "flatcar.update.masked_engine"},
    )
    server: Literal["public", "disabled"] | Nebraska = Field(
        "public", description="Where versions come from: the public server, none, or Nebraska with its policy."
    )
    reboots: CoordinatorChoice = Field(
        "locksmith",
        description="Who lets a node reboot into its new slot: a name, or a map with `by` and settings.",
        json_schema_extra={"fact": "flatcar.reboot.default_strategy_website"},
    )
    sessions: Share = Field(
        0.0,
        description="Share of reboots that find somebody logged in and wait for them.",
        json_schema_extra={"fact": "flatcar.locksmith.login_delay"},
    )
    watchdog: Duration | None = Field(None, description="A hardware watchdog resets a machine that hangs after this.")
    download: DurationLike = sourced("node.pull_duration", "Fetching the payload.")
    install: DurationLike = sourced("node.install_duration", "Writing it to the passive slot.")
    service_start: DurationLike = sourced("node.service_start", "From user space to Ready.")
    reboot: DurationLike | None = Field(None, description="A reboot; default by platform.")


class Flatcar(SelfUpdatingSystem):
    """The verbs of Flatcar."""

    settings = FlatcarSettings
    tries_again = True
    takes_packages = False

    def __init__(
        self, settings: FlatcarSettings, platform: str, keyed: Keyed, calendar: Calendar, layout: Layout
    ) -> None:
        super().__init__(settings, platform, keyed, calendar, layout)
        low, high = facts.get("flatcar.update.periodic_interval").range
        period = (low + high) / 2
        self._checks = Polls(
            keyed, "node.flatcar-check", layout.nodes, period, (high - low) / 2 / period, calendar.horizon
        )
        self._period = period
        self.is_rationed = isinstance(settings.server, Nebraska)
        self._policy = Policy(settings.server, calendar) if self.is_rationed else None

    # --- updating --------------------------------------------------------------------------------------------

    def looks(self, looking: Looking, zone: str) -> np.ndarray:
        if self.say.server == "disabled":
            return np.full(len(looking.nodes), NEVER)
        if self.say.update_engine == "masked":
            return looking.at.copy()
        low, high = facts.get("flatcar.update.initial_check_delay").range
        booted = np.where(np.isfinite(looking.booted), looking.booted, 0.0)
        drawn = self.keyed.uniform("node.flatcar-first-check", looking.nodes, booted.astype(np.int64))
        first = looking.booted + low + (high - low) * drawn
        return np.where(first >= looking.at, first, self._checks.next_after(looking.nodes, looking.at))

    def looks_again(self, looking: Looking, failed: np.ndarray, zone: str) -> np.ndarray:
        longest = facts.get("flatcar.update.backoff_max").seconds
        return backoff.after(failed, looking.at, 2.0 * self._period, 2.0, longest)

    def write_seconds(self, nodes: np.ndarray, attempt: np.ndarray) -> np.ndarray:
        return self.draw(self.say.download, "pull", nodes, attempt) + self.draw(
            self.say.install, "install", nodes, attempt
        )

    def held_up_seconds(self, nodes: np.ndarray, attempt: np.ndarray) -> np.ndarray:
        there = self.keyed.uniform("node.session", nodes, attempt) < self.say.sessions
        return np.where(there, facts.get("flatcar.locksmith.login_delay").seconds, 0.0)

    def admitted(
        self, nodes: np.ndarray, looks: np.ndarray, lasts: np.ndarray, succeeds: np.ndarray, zone: str
    ) -> np.ndarray:
        return self._policy.admit(nodes, looks, lasts, succeeds, zone, self._checks)

    # --- booting ---------------------------------------------------------------------------------------------

    def boot(self, boot: Boot) -> tuple[np.ndarray, Tails]:
        stage, hangs, say = boot.defect.stage, boot.defect.hangs, self.say
        outcome = np.where(boot.fresh, "proven", "boots").astype("<U8")
        outcome[stage == 1] = "dead"
        resets = ~hangs | (say.watchdog is not None)  # the machine comes back to its boot loader by itself
        outcome[stage == 2] = np.where(resets, "fallback", "dead")[stage == 2]
        # User space is there and update_engine is not: the slot is never marked good.
        outcome[stage == 3] = np.where(hangs & resets, "fallback", "stranded")[stage == 3]
        away, again = self.reboot_seconds(boot), self.second_reboot_seconds(boot)
        start = self.start_seconds(boot)
        masked = say.update_engine == "masked"
        good = np.full(len(stage), NEVER if masked else facts.get("flatcar.update.goodroot_delay").seconds)
        lost = away + np.where(hangs, say.watchdog or 0.0, 0.0)
        return outcome, {
            "boots": (away, start),
            "dead": (away,),
            "fallback": (lost, again),
            "proven": (away, start, np.maximum(good - start, 0.0)),
            "stranded": (away, start),
        }

    def refuses_edit(self, file: str) -> str:
        return READ_ONLY_ROOT if file.startswith("/usr/") else ""


#: What this file adds to the vocabulary.
SYSTEM = Flatcar
