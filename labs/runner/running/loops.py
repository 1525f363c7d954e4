"""Loop devices: the kernel's own, so they outlive the container that made them when its firmware died half way.

The kernel names the file behind one as the container saw it, so it is known by device and inode instead. A helper
container detaches, since a learner may use the engine without being root of its machine.
"""

from __future__ import annotations

import time
from pathlib import Path

from labs.runner import engine, store
from labs.runner.signals import uninterrupted

_BLOCK = Path("/sys/block")
_DETACH = r"""
behind=" $(find /volumes -type f -exec stat -c '%Hd:%Ld/%i' {} + | tr '\n' ' ') "
for path in /sys/block/loop*/loop/backing_file; do
    number=${path#/sys/block/loop}; number=${number%%/*}; node=/dev/loop$number
    [ -e "$node" ] || mknod "$node" b 7 "$number"
    file=$(losetup --noheadings --raw --output BACK-MAJ:MIN,BACK-INO "$node" | tr ' ' '/')
    case "$behind" in *" $file "*) losetup --detach "$node" && echo "$number" ;; esac
done
"""


def attached() -> dict[int, str]:
    """Loop devices and the files behind them; none where this machine does not share a kernel with the engine."""
    found = {}
    for path in sorted(_BLOCK.glob("loop*/loop/backing_file")):
        try:
            found[int(path.parts[-3].removeprefix("loop"))] = path.read_text().strip()
        except (OSError, ValueError):
            continue
    return found


def lost() -> dict[int, str]:
    """Loop devices whose file is gone: nobody can find them any more."""
    return {number: file for number, file in attached().items() if file.endswith("(deleted)")}


def detach(volumes: list[str]) -> int:
    """Detach loop devices whose files are in these volumes, while the volumes are still there; how many."""
    import docker.errors

    from labs.runner.running import checker, images

    if not volumes or not attached():
        return 0
    client = engine.client()
    image = images.tags(["paddock/checker"], images.shared())["paddock/checker"]
    labels = {engine.LABEL: "loops", engine.OWNER: store.owner(), engine.ATTEMPT: "probe"}
    labels[engine.EXPIRES] = str(int(time.time()) + 60)
    helper = None
    with uninterrupted():
        try:
            helper = client.containers.create(
                image,
                ["bash", "-c", _DETACH],
                labels=labels,
                network_mode="none",
                cap_add=["SYS_ADMIN", "MKNOD"],
                devices=["/dev/loop-control:/dev/loop-control:rwm"],
                device_cgroup_rules=["b 7:* rwm"],
                volumes={name: {"bind": f"/volumes/{name}", "mode": "ro"} for name in volumes},
            )
            helper.start()
            helper.wait(timeout=30)
            return len(helper.logs(stdout=True, stderr=False).split())
        except (docker.errors.APIError, OSError):  # no loop devices for containers here: then none can be left
            return 0
        finally:
            if helper is not None:
                checker.remove(helper)


def mounts(word: str) -> list[str]:
    """Mounts of this machine whose line has the word in it."""
    try:
        lines = Path("/proc/self/mounts").read_text().splitlines()
    except OSError:
        return []
    return [line.split()[1] for line in lines if word in line]
