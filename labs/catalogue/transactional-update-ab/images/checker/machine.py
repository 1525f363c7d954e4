"""What is on the node's disk, and what its agent answers."""

import re
import subprocess
import tempfile
import urllib.request
from pathlib import Path

SYSROOT = Path("/sysroot")


def slots():
    """The slots in the order of the boot menu: the first one is what the next start takes."""
    menu = (SYSROOT / "boot/loader/entries").glob("*.conf")
    return [_slot(entry.read_text()) for entry in sorted(menu, key=_place, reverse=True)]


def _place(entry):
    return int(re.sub(r"\D", "", entry.name))


def _slot(entry):
    link = re.search(r"^options.* ostree=/(\S*)", entry, re.MULTILINE)[1]
    place = (SYSROOT / link).resolve()
    commit = place.name.split(".")[0]
    name = place / "etc/agent.d/name.conf"
    return {
        "path": str(place),
        "version": _ostree("show", "--print-metadata-key=version", commit).strip().strip("'"),
        "name": re.search(r'"(.*)\\n"', name.read_text())[1] if name.exists() else None,
        "as_released": _as_released(place / "usr", commit),
    }


def _as_released(usr, commit):
    """Whether each file below /usr is there as it was published, and no other."""
    with tempfile.TemporaryDirectory() as folder:
        _ostree("checkout", "--user-mode", "--subpath=/usr", commit, f"{folder}/usr")
        return subprocess.run(["diff", "-r", f"{folder}/usr", usr], capture_output=True).returncode == 0


def _ostree(*words):
    return subprocess.run(["ostree", "--repo=/releases", *words], capture_output=True, text=True).stdout


def answer(path):
    """What the agent answers, None when it does not."""
    try:
        with urllib.request.urlopen(f"http://node:8080{path}", timeout=3) as reply:
            return reply.read().decode().strip()
    except OSError:
        return None
