"""Loop devices: the kernel's own, so they outlive the container that made them when its firmware died half way."""

from __future__ import annotations

import os
from pathlib import Path

_BLOCK = Path("/sys/block")
_CLEAR_FD, _MAJOR = 0x4C01, 7


def attached() -> dict[int, str]:
    """Loop devices and the files behind them, as this machine sees them; none where there are no such things."""
    found = {}
    for path in sorted(_BLOCK.glob("loop*/loop/backing_file")):
        try:
            found[int(path.parts[-3].removeprefix("loop"))] = path.read_text().strip()
        except (OSError, ValueError):
            continue
    return found


def of(word: str) -> dict[int, str]:
    """Loop devices whose file's path has the word in it (the name of an attempt's volume)."""
    return {number: file for number, file in attached().items() if word in file}


def detach(word: str, deleted_only: bool = False) -> int:
    """Detach loop devices whose file has the word in its path; how many.

    Only root of the engine's own machine can. In Docker Desktop's machine they go with its restart.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return 0
    import fcntl

    count = 0
    for number, file in of(word).items():
        if deleted_only and not file.endswith("(deleted)"):
            continue
        node = f"/dev/loop{number}"
        try:
            if not os.path.exists(node):
                os.mknod(node, 0o660 | 0o060000, os.makedev(_MAJOR, number))
            with open(node, "rb") as device:
                fcntl.ioctl(device, _CLEAR_FD)
            count += 1
        except OSError:
            continue
    return count


def mounts(word: str) -> list[str]:
    """Mounts of this machine whose line has the word in it."""
    try:
        lines = Path("/proc/self/mounts").read_text().splitlines()
    except OSError:
        return []
    return [line.split()[1] for line in lines if word in line]
