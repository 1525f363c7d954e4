"""Which Paddock a run comes from: the version, and the code behind its numbers.

A source tree keeps its version while it is worked on, so a store of results would hand out yesterday's; the hash
of all code and facts that decide a run tells them apart, and tells whether a remote worker computes the same.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path

#: What decides no number of a run.
ASIDE = ("cli", "study", "outages", "scenario/library", "results/plots", "results/report")


@cache
def fingerprint() -> str:
    """`0.1.0+3f9c0a41d2b7`: the version, and a hash of the code that decides a run."""
    house = Path(__file__).parents[1]
    hashed = hashlib.sha256()
    for path in sorted(p for p in house.rglob("*") if p.suffix in (".py", ".csv")):
        name = path.relative_to(house).as_posix()
        if not name.startswith(ASIDE):
            # Every place that code is read from on this machine or another must give the same hash.
            hashed.update(name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return f"{version()}+{hashed.hexdigest()[:12]}"


def version() -> str:
    """The version of Paddock."""
    try:
        return metadata.version("paddock")
    except metadata.PackageNotFoundError:  # a source tree that was never installed
        return "0+unknown"
