"""The fat image as it lies in the builder's storage: is the program in it, and what else."""

import json
import os
import stat
from pathlib import Path

STORAGE = Path("/storage/storage")
NAME = f"localhost/{os.environ['PADDOCK_APP']}:fat"
SMALL = 65536  # where secrets are looked for


def root():
    """The image's files: vfs keeps the whole tree of each layer, so the top layer has all."""
    index = STORAGE / "vfs-images/images.json"
    for image in json.loads(index.read_text()) if index.is_file() else []:
        if NAME in image.get("names", []):
            return STORAGE / "vfs/dir" / image["layer"]
    return None


def files(root):
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            facts = path.lstat()
            if stat.S_ISREG(facts.st_mode):
                yield path, facts


def facts(root):
    token, word = (os.environ[f"PADDOCK_{name}"].encode() for name in ("TOKEN", "WORD"))
    setuid, leaks = 0, []
    for path, found in files(root):
        setuid += bool(found.st_mode & stat.S_ISUID)
        if found.st_size < SMALL and os.access(path, os.R_OK) and token in path.read_bytes():
            leaks.append(f"/{path.relative_to(root)}")
    status = root / "var/lib/dpkg/status"
    server = root / "usr/local/bin/server"
    return {
        "program": server.is_file() and word in server.read_bytes(),
        "packages": status.read_text().count("\nStatus: install ok installed\n") if status.is_file() else 0,
        "setuid": setuid,
        "leaks": leaks,
    }


found = root()
print(json.dumps(facts(found) if found else {}))
