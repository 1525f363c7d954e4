"""Commands of other packages: the entry-point group `paddock.commands`, a name to a typer app.

A package adds a command with three lines of its pyproject.toml, and Paddock need not know it:

    [project.entry-points."paddock.commands"]
    lab = "labs.cli:app"

A package is imported when its command is called or listed, and one that is broken costs a line, not the rest.
"""

from __future__ import annotations

from functools import cache
from importlib import metadata
from typing import Any

import typer.main

from simulator.cli.console import warn

GROUP = "paddock.commands"


@cache
def _entry_points() -> dict[str, metadata.EntryPoint]:
    return {point.name: point for point in sorted(metadata.entry_points(group=GROUP), key=lambda point: point.name)}


def names() -> list[str]:
    """Names of the commands that other packages offer."""
    return list(_entry_points())


@cache
def load(name: str) -> Any:
    """The command, or None with a warning when its package is broken."""
    point = _entry_points().get(name)
    if point is None:
        return None
    try:
        command = typer.main.get_command(point.load())
    except Exception as error:  # whatever a stranger's package does must not take `paddock run` along
        reason = (str(error).strip().splitlines() or ["no reason given"])[0]
        warn(f"the command {name!r} ({point.value}) can't be loaded: {type(error).__name__}: {reason}")
        return None
    command.name = name
    return command
