"""Where labs are found: the catalogue that comes with Paddock, folders of the user's, what was imported."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from labs.runner import store
from labs.runner.format import InvalidLab, find_scenarios
from labs.runner.lab.lab import Lab, open_lab
from simulator.cli.console import Problem
from simulator.scenario.errors import nearest

CATALOGUE = Path(__file__).parents[2] / "catalogue"


def roots() -> list[Path]:
    """Folders of labs, the first ones first: PADDOCK_LABS, the catalogue, what was imported."""
    own = [Path(entry) for entry in os.environ.get("PADDOCK_LABS", "").split(os.pathsep) if entry]
    return [*own, CATALOGUE, store.folder() / "imported"]


def folders() -> dict[str, Path]:
    """Every lab's folder by its id; the first of two with one id counts."""
    found: dict[str, Path] = {}
    for root in roots():
        if root.is_dir():
            for folder in find_scenarios(root):
                found.setdefault(folder.name if folder != root else root.name, folder)
    return found


def labs() -> Iterator[Lab | InvalidLab]:
    """Every lab; in place of one that can't be read, the reason."""
    for id, folder in sorted(folders().items()):
        try:
            yield open_lab(folder, id)
        except InvalidLab as error:
            error.id = id  # type: ignore[attr-defined]
            yield error


def find(name: str) -> Lab:
    """A lab by its id, or by the path of its folder.

    Raises:
        Problem: there is none of that name.
        InvalidLab: it can't be read.
    """
    known = folders()
    if name in known:
        return open_lab(known[name], name)
    path = Path(name)
    if (path / "index.json").is_file():
        return open_lab(path)
    hint = "`paddock lab list` shows the labs."
    if path.is_dir():
        raise Problem(f"{name} has no index.json: it is no lab", hint)
    if path.exists():
        raise Problem(f"{name} is a file: a lab is a folder with an index.json", hint)
    if path.name != name:
        raise Problem(f"there is no folder {name}", hint)
    raise Problem(f"there is no lab {name!r}{nearest(name, known)}", hint)
