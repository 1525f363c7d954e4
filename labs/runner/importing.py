"""Public scenarios taken in: a folder, a course, or a whole repository of them."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from labs.runner import store
from labs.runner.codes import USAGE
from labs.runner.format import InvalidLab, Notice, find_scenarios, load, load_course
from simulator.cli.console import Problem

_SKIP = shutil.ignore_patterns(".git", "node_modules", "__pycache__")


@dataclass(frozen=True)
class Imported:
    """One scenario: its new id, where it came from, what was noticed. An id of None: it can't be read."""

    id: str | None
    source: Path
    notices: list[Notice]


def take_in(folder: Path, force: bool = False) -> list[Imported]:
    """Copy every scenario at or below a folder into the user's data.

    Raises:
        Problem: there is none, or one of that name is there already.
    """
    if not folder.is_dir():
        raise Problem(f"{folder} is no folder", code=USAGE)
    found = []
    for source in find_scenarios(folder):
        try:
            scenario = load(source, root=folder.absolute())
        except InvalidLab as error:
            found.append(Imported(None, source, list(error.notices)))
            continue
        id = _id(source, folder)
        target = store.folder() / "imported" / id
        if target.exists():
            if not force:
                raise Problem(f"{id} was imported before", hint="--force replaces it.", code=USAGE)
            shutil.rmtree(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(f".{id}.part")
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            shutil.copytree(source, unfinished, ignore=_SKIP, ignore_dangling_symlinks=True)
            unfinished.rename(target)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        found.append(Imported(id, source, scenario.notices))
    if not found:
        raise Problem(f"there is no scenario (index.json) in {folder}", code=USAGE)
    return found


def course_notices(folder: Path) -> list[Notice]:
    """What is wrong with a course's list of its scenarios."""
    if not (folder / "structure.json").is_file():
        return []
    try:
        return load_course(folder).notices
    except InvalidLab as error:
        return list(error.notices)


def _id(source: Path, root: Path) -> str:
    """The path below the folder that was named, in one word."""
    parts = source.absolute().relative_to(root.absolute()).parts or (root.absolute().name,)
    return re.sub(r"[^a-z0-9.-]+", "-", "-".join(parts).lower()).strip("-.") or "scenario"
