"""A folder of scenarios: a course with a `structure.json`, or simply many folders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labs.runner.format import index
from labs.runner.format.index import Source
from labs.runner.format.notices import Notice, Notices


@dataclass
class Course:
    """The scenarios that a `structure.json` lists, in order."""

    folder: Path
    title: str
    items: list[tuple[str, Path]]
    notices: list[Notice]


def load_course(folder: str | Path) -> Course:
    """Read `structure.json`; an item that leads nowhere is a warning.

    Raises:
        InvalidLab: it is missing or not JSON.
    """
    folder = Path(folder)
    source = Source(folder / "structure.json", "structure.json")
    notices = Notices(folder)
    structure = index.read_structure(source, notices)
    items = []
    for item in structure.items:
        path = folder / item.path.lstrip("/")
        try:
            there = (path / "index.json").is_file() or (path / "structure.json").is_file()
        except (OSError, ValueError):
            there = False
        if there:
            items.append((item.title or path.name, path))
        else:
            notices.add(source.name, source.line_of("items", item.path), f"item {item.path!r} leads to no scenario")
    if not structure.items:
        notices.add(source.name, 1, "lists no items")
    return Course(folder, structure.title or folder.absolute().name, items, notices.all)


def find_scenarios(folder: Path) -> Iterator[Path]:
    """Every folder with an `index.json` at or below this one, whether a course lists it or not."""
    if (folder / "index.json").is_file():
        yield folder
        return
    try:
        below = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    except OSError:
        return
    for path in below:
        if not path.is_symlink():
            yield from find_scenarios(path)
