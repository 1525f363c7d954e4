"""Talos: API only, A/B slots, driven from outside.

Two upgrade paths exist. The legacy path runs on the node, drains from inside for at most five minutes
and goes on whatever happens. The LifecycleService path (default from 1.13) is driven by talosctl: it
installs first, drains second and gives up when the drain fails, with the new image already the
default of a node that stays cordoned. Both revert only what fails before machined is ready.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from simulator import facts
from simulator.nodes.programs import Boots, Program, Step, family
from simulator.nodes.states import State
from simulator.nodes.system import Boot, ConfigEffect, DrivenSystem, Request, Tails, Trajectory
from simulator.scenario.base import Duration, Model, sourced
from simulator.scenario.change import Change
from simulator.scenario.distribution import DurationLike
from simulator.scenario.fleet import OperatingSystem


class Upgrade(Model):
    """How `talosctl upgrade` goes."""

    path: Literal["lifecycle", "legacy"] = Field(
        "lifecycle",
        description="lifecycle: driven by talosctl, drain failure is fatal (1.13 and later); "
        "legacy: on the node, drain failure is ignored.",
        json_schema_extra={"fact": "talos.upgrade.lifecycle_order"},
    )
    drain_timeout: Duration = sourced("talos.upgrade.client_timeout_drain", "How long a drain may take.")
    on_failure: Literal["stop", "continue"] = Field(
        "stop", description="What whoever drives it does in a pool after a node that failed or reverted."
    )
    force: bool = Field(
        False,
        description="Skip the etcd check of the legacy path.",
        json_schema_extra={"fact": "talos.etcd.upgrade_check_legacy"},
    )


class Pki(Model):
    """Certificates, as far as operators need them to get in."""

    client_certificate_validity: Duration = sourced(
        "talos.pki.talosconfig_client_cert", "How long an operator's talosconfig is valid."
    )
    client_certificate_age: Duration = Field(0.0, description="Its age at the start.", validate_default=False)
    renewed: bool = Field(
        False,
        description="Somebody renews it in time; Talos itself does not.",
        json_schema_extra={"fact": "talos.pki.client_cert_responsibility"},
    )


class TalosSettings(OperatingSystem):
    """Talos Linux."""

    name: Literal["talos"] = "talos"
    upgrade: Upgrade = Field(default_factory=Upgrade, description="The upgrade path.")
    pki: Pki = Field(default_factory=Pki, description="Operators' access.")
    bootloader: Literal["systemd-boot", "grub"] = Field(
        "systemd-boot",
        description="GRUB has a fallback entry when the kernel does not start; for systemd-boot no "
        "boot counter was found.",
        json_schema_extra={"fact": "talos.bootloader"},
    )
    watchdog: Duration | None = Field(
        None,
        description="A hardware watchdog resets a machine that hangs after this. Off unless configured.",
        json_schema_extra={"fact": "talos.watchdog"},
    )
    panic_reboots: bool = Field(
        True,
        description="False: panic=0 on the kernel command line, no reboot at all.",
        json_schema_extra={"fact": "talos.revert.countdown"},
    )
    pull: DurationLike = sourced("node.pull_duration", "Pulling the installer image.")
    install: DurationLike = sourced("node.install_duration", "Writing the other slot.")
    service_start: DurationLike = sourced("node.service_start", "From user space to Ready.")
    reboot: DurationLike | None = Field(None, description="A full reboot; default by platform.")
    reboot_mode: Literal["default", "powercycle"] = Field(
        "default",
        description="default: kexec, no firmware POST.",
        json_schema_extra={"fact": "talos.upgrade.reboot_mode_default"},
    )


_PULL = Step(State.UPDATING)
_DRAIN_STAGED = Step(State.DRAINING, boots=Boots.NEW)  # lifecycle: the new slot is the default before the drain
_WRITE = Step(State.REBOOTING)  # legacy: the other slot is written when all services have been stopped

_PROGRAMS = {
    "lifecycle": family("talos-lifecycle", _PULL, _DRAIN_STAGED),
    "legacy": family("talos-legacy", _PULL, Step(State.DRAINING), _WRITE),
}
_DRAIN_FAILED = Program("talos-lifecycle-drain-failed", _PULL, _DRAIN_STAGED, Step(State.CORDONED, boots=Boots.NEW))


class Talos(DrivenSystem):
    """The verbs of Talos."""

    settings = TalosSettings
    takes_packages = False

    def refuses_edit(self, file: str) -> str:
        return "no shell, and a read-only root: machines are changed by API only"

    def stops_at_failure(self) -> bool:
        return self.say.upgrade.on_failure == "stop"

    def waits_for_ready(self) -> bool:
        return self.say.upgrade.path == "lifecycle"  # pull, install, drain, reboot, wait ready, uncordon

    def guards_etcd(self) -> bool:
        return self.say.upgrade.path == "legacy" and not self.say.upgrade.force

    def access_ends(self) -> float:
        pki = self.say.pki
        return np.inf if pki.renewed else max(0.0, pki.client_certificate_validity - pki.client_certificate_age)

    def reboot_seconds(self, boot: Boot, which: str = "") -> np.ndarray:
        full = super().reboot_seconds(boot, which)
        kexec = self.say.reboot_mode == "default" and (which or not boot.cold)
        return full * facts.get("reboot.kexec_factor").number if kexec else full

    def update(self, request: Request) -> list[Trajectory]:
        nodes, attempt, say = request.nodes, request.attempt, self.say
        path = say.upgrade.path
        pull = self.draw(say.pull, "pull", nodes, attempt)
        install = self.draw(say.install, "install", nodes, attempt)
        limit = say.upgrade.drain_timeout
        if path == "legacy":  # a refused eviction only costs time
            gave_up = np.zeros(len(nodes), bool)
            head = [pull, np.where(request.drain.blocked, limit, np.minimum(request.drain.seconds, limit)), install]
        else:
            # One failed drain ends the command before any reboot, for every node it names.
            gave_up = np.isin(request.wave, request.wave[request.drain.blocked | (request.drain.seconds > limit)])
            head = [pull + install, np.where(gave_up, limit, request.drain.seconds)]
        found = []
        if gave_up.any():
            index = np.flatnonzero(gave_up)
            found.append(self.lay(index, _DRAIN_FAILED, request.start[index], *(d[index] for d in head)))
        outcome, tails = self.boot(Boot(nodes, attempt, request.defect, np.ones(len(nodes), bool)))
        for name, tail in tails.items():
            index = np.flatnonzero(~gave_up & (outcome == name))
            if index.size:
                found.append(
                    self.lay(index, _PROGRAMS[path][name], request.start[index], *(d[index] for d in (*head, *tail)))
                )
        return found

    def boot(self, boot: Boot) -> tuple[np.ndarray, Tails]:
        stage, hangs, say = boot.defect.stage, boot.defect.hangs, self.say
        outcome = np.full(len(stage), "boots", dtype="<U8")
        outcome[stage == 1] = "dead"
        returns = ~hangs | (say.watchdog is not None)  # the machine comes back to its boot loader by itself
        outcome[stage == 2] = np.where(returns & (say.bootloader == "grub"), "fallback", "dead")[stage == 2]
        # The upgrade tag is set as long as the version has not become ready, so any boot into it may revert.
        outcome[stage == 3] = "revert" if say.panic_reboots else "dead"
        away, again = self.reboot_seconds(boot), self.second_reboot_seconds(boot)
        start = self.start_seconds(boot)
        # machined of the new version ends or hangs, reverts the boot entry and reboots.
        stuck = np.where(hangs, facts.get("talos.boot.timeout_all_services").seconds, start)
        stuck = stuck + facts.get("talos.revert.countdown").seconds
        lost = away + np.where(hangs, say.watchdog or 0.0, 0.0)
        return outcome, {
            "boots": (away, start),
            "dead": (away,),
            "fallback": (lost, again),
            "revert": (away, stuck, again),
        }

    def config(self, nodes: np.ndarray, at: np.ndarray, change: Change) -> ConfigEffect:
        count, mode = len(nodes), change.apply_mode
        never, no = np.full(count, np.inf), np.zeros(count, bool)
        if mode == "no-reboot" and change.reboot:
            return ConfigEffect(never, never, no, no, "refused: the change needs a reboot and the mode is no-reboot")
        if mode == "staged":
            return ConfigEffect(never, never, ~no, no, "staged until the next boot")
        if mode == "try":
            if change.reboot:
                return ConfigEffect(never, never, no, no, "refused: the change needs a reboot and the mode is try")
            return ConfigEffect(
                at, at + facts.get("talos.config.try_timeout").seconds, no, no, "taken back after the try"
            )
        return ConfigEffect(at, never, no, no | (change.reboot or mode == "reboot"))


#: What this file adds to the vocabulary.
SYSTEM = Talos
