"""What a lab needs of the engine, tried before anything starts; and what to do where it is not there."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.runner import engine, store
from labs.runner.codes import engine_problem
from labs.runner.lab.lab import Lab
from labs.runner.running import checker, images, shell
from labs.runner.signals import uninterrupted

PROBE_IMAGE = "paddock/checker"


@dataclass(frozen=True)
class Probe:
    """Something tried in a container: what it is allowed, what it does, what to do when it fails."""

    script: str
    remedy: str
    cap_add: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    device_rules: tuple[str, ...] = ()
    unconfined: bool = False


_MACHINE_VM = "Docker Desktop: its virtual machine's kernel decides."
PROBES = {
    "loop-btrfs": Probe(
        "set -e; cd /tmp; for i in $(seq 0 15); do [ -e /dev/loop$i ] || mknod /dev/loop$i b 7 $i; done;"
        "truncate -s 200M disk; mkfs.btrfs -q disk; d=$(losetup -f); n=${d#/dev/loop}; [ -e $d ] || mknod $d b 7 $n;"
        "losetup $d disk; trap 'losetup -d $d 2>/dev/null || true' EXIT;"
        "mkdir m; mount -t btrfs $d m; losetup -d $d; umount m",
        "needs a rootful engine on Linux with loop devices and Btrfs (`modprobe loop btrfs`). " + _MACHINE_VM,
        ("SYS_ADMIN", "MKNOD"), ("/dev/loop-control",), ("b 7:* rwm",), True,
    ),
    "netem": Probe(
        "tc qdisc add dev lo root netem delay 1ms", "`modprobe sch_netem` on the engine's machine. " + _MACHINE_VM,
        ("NET_ADMIN",),
    ),
    "nftables": Probe(
        "nft add table inet probe", "`modprobe nf_tables` on the engine's machine. " + _MACHINE_VM, ("NET_ADMIN",)
    ),
    "tun": Probe(
        "ip tuntap add probe0 mode tap", "`modprobe tun` on the engine's machine.", ("NET_ADMIN",), ("/dev/net/tun",)
    ),
}  # fmt: skip


def unmet(lab: Lab, memory: bool = True) -> list[tuple[str, str]]:
    """What the lab needs and the engine has not: what, and the remedy."""
    needs = lab.needs
    found: list[tuple[str, str]] = []
    info = engine.client().info()
    have = int(info.get("MemTotal", 0)) // 2**20
    if memory and have and needs.memory > have:
        found.append((f"{needs.memory} MB of memory; the engine has {have}", "Give the engine's machine more memory."))
    free = _free_disk(info)
    if free is not None and needs.disk > free:
        found.append((f"{needs.disk} MB of disk; {free} are free", "`docker system prune` frees some."))
    if needs.capabilities or needs.devices:
        probe = Probe(
            "true",
            "A rootful engine gives it; a rootless one may not.",
            tuple(needs.capabilities),
            tuple(needs.devices),
        )
        said = try_out(probe)
        if said:
            wanted = ", ".join([*needs.capabilities, *needs.devices])
            found.append((f"{wanted}: {said}", probe.remedy))
    for name in needs.probes:
        said = try_out(PROBES[name])
        if said:
            found.append((f"{name}: {said}", PROBES[name].remedy))
    return found


def check(lab: Lab, say: images.Say) -> None:
    """Refuse before anything starts.

    Raises:
        Problem: something is missing, with the remedy and the lab to take instead.
    """
    needs = lab.needs
    if needs.probes or needs.capabilities or needs.devices:
        images.build([PROBE_IMAGE], images.shared(), say)
    lacking = unmet(lab)
    if lacking:
        other = lab.spec.alternative if lab.spec else None
        hints = [remedy for _, remedy in lacking]
        if other:
            hints.append(f"Or take the lab that does without: paddock lab start {other}")
        raise engine_problem(f"{lab.id} can't run here: {'; '.join(what for what, _ in lacking)}", "\n".join(hints))


def try_out(probe: Probe) -> str:
    """Why it does not work, in the engine's own words; empty when it does."""
    import docker.errors

    client = engine.client()
    tag = images.tags([PROBE_IMAGE], images.shared())[PROBE_IMAGE]
    labels = {
        engine.LABEL: "probe",
        engine.OWNER: store.owner(),
        engine.ATTEMPT: "probe",
        engine.EXPIRES: str(int(time.time()) + 60),
    }
    made: Any = None
    try:
        made = client.containers.create(
            tag, ["bash", "-c", probe.script], labels=labels, network_mode="none",
            cap_add=list(probe.cap_add), devices=[f"{device}:{device}:rwm" for device in probe.devices],
            device_cgroup_rules=list(probe.device_rules), mem_limit="512m",
            security_opt=["apparmor=unconfined"] if probe.unconfined and _apparmor(client) else [],
        )  # fmt: skip
        result = shell.run(["docker", "start", "--attach", made.id], 30)
        if result.timed_out:
            return "no answer within 30 s"
        return " ".join(result.tail.split())[:200] or f"exit code {result.code}" if result.code else ""
    except docker.errors.ImageNotFound:
        return f"{PROBE_IMAGE} is not built yet: paddock lab build"
    except docker.errors.APIError as error:
        return " ".join(str(error.explanation or error).split())[:200]
    finally:
        if made is not None:
            with uninterrupted():
                checker.remove(made)


def _apparmor(client: Any) -> bool:
    return any("apparmor" in option for option in client.info().get("SecurityOptions") or [])


def _free_disk(info: dict[str, Any]) -> int | None:
    """MB free where the engine keeps its things; None when that is another machine."""
    root = Path(info.get("DockerRootDir") or "/nonexistent")
    try:
        return shutil.disk_usage(root).free // 2**20 if root.is_dir() else None
    except OSError:
        return None
