"""`paddock lab` where the simulator alone is installed: one line that says how to get the rest."""

from __future__ import annotations

import typer

from simulator.cli.console import Problem

#: Packages that only the labs need, by the names under which they are imported.
EXTRA = frozenset({"testcontainers", "docker", "markdown_it", "nh3", "filelock"})


def app(missing: str) -> typer.Typer:
    """A command that does nothing but say what is missing, whatever is asked of it."""
    made = typer.Typer(help="Learn on real machines (needs: pip install 'paddock[lab]').")

    @made.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
    def lab() -> None:
        raise Problem(f"labs need the Python package {missing}", hint="pip install 'paddock[lab]'", code=4)

    return made
