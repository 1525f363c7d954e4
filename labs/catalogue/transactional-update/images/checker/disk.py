"""What is on the node's disk: its default subvolume, and each snapshot that holds a system, as Btrfs records them."""

import re
import subprocess
import tempfile
from pathlib import Path

DISK = next(str(path) for path in Path("/disk").glob("*.img"))
#: Of a snapshot: what its package database records, and the files of the agent's drivers.
FILES = r"^/(|usr(|/lib(|/sysimage(|/dpkg(|/status))|/agent(|/drivers\.d(|/.*)))))$"
ITEM = re.compile(
    r"key \((?P<id>\d+) ROOT_ITEM \d+\).*?flags \S+\((?P<flags>\w+)\) refs (?P<refs>\d+).*?"
    r"\buuid (?P<uuid>\S+)\s+parent_uuid (?P<parent>\S+).*?ctransid (?P<changed>\d+)",
    re.DOTALL,
)
DEFAULT = re.compile(r"location key \((\d+) ROOT_ITEM \S+\) type DIR\s+transid .*\s+name: default\b")


def read():
    """`changed` is the number of the transaction that last wrote into a snapshot; taking one of it is no writing."""
    command = ["btrfs", "inspect-internal", "dump-tree", "-t", "root", DISK]
    tree = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    snapshots = {}
    for item in ITEM.finditer(tree):
        drivers = _drivers(item["id"]) if item["refs"] != "0" else None
        if drivers is not None:
            snapshots[item["id"]] = {
                "uuid": item["uuid"],
                "parent": item["parent"],
                "read_only": item["flags"] == "RDONLY",
                "changed": int(item["changed"]),
                "drivers": drivers,
            }
    found = DEFAULT.search(tree)
    return {"default": found[1] if found else None, "snapshots": snapshots}


def _drivers(subvolume):
    """Drivers that are recorded as installed and that have their file, with versions; None: no system is here."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["btrfs", "restore", "--root", subvolume, "--path-regex", FILES, DISK, folder]
        subprocess.run(command, capture_output=True, check=True)
        status = Path(folder, "usr/lib/sysimage/dpkg/status")
        if not status.exists():
            return None
        pattern = r"^Package: driver-(\w+)\nStatus: install ok installed\n(?:.+\n)*?Version: (\S+)$"
        return {
            name: version
            for name, version in re.findall(pattern, status.read_text(), re.MULTILINE)
            if Path(folder, "usr/lib/agent/drivers.d", f"{name}.conf").exists()
        }
