"""A folder with an `index.json`, loaded: pages, scripts, assets, and a notice for all that is not right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from labs.runner.format import assets, index, pages
from labs.runner.format.assets import Copy
from labs.runner.format.index import Index, Part, Source
from labs.runner.format.notices import InvalidLab, Notice, Notices
from labs.runner.format.pages import Block, Page, Traffic

#: Texts and scripts are small; a file of this size is something else, and would only keep the reader waiting.
MOST_BYTES = 4_000_000
SCRIPTS = ("verify", "foreground", "background")


@dataclass
class Leaf:
    """One page of a scenario: introduction, a step, or the end. The scripts are files that are there."""

    kind: str
    number: int
    title: str
    file: str = ""
    source: str = ""
    page: Page = field(default_factory=Page)
    scripts: dict[str, Path] = field(default_factory=dict)

    @property
    def blocks(self) -> list[Block]:
        return self.page.blocks

    def with_values(self, traffic: Traffic, values: Mapping[str, str]) -> Page:
        """The page for a running attempt: its ports and its values in it."""
        return pages.parse(self.source, traffic, values)

    def as_dict(self, html: bool = False) -> dict[str, Any]:
        """For other programs, see `Scenario.as_dict`."""
        return {
            "kind": self.kind,
            "number": self.number,
            "title": self.title,
            "text": self.file,
            "scripts": {kind: path.name for kind, path in self.scripts.items()},
            "blocks": [block.as_dict() for block in self.blocks],
            **({"html": self.page.html()} if html else {}),
        }


@dataclass
class Scenario:
    """A scenario as it was found."""

    folder: Path
    index: Index
    title: str
    leaves: list[Leaf]
    copies: list[Copy]
    notices: list[Notice]

    @property
    def pages(self) -> list[Leaf]:
        return self.leaves

    @property
    def steps(self) -> list[Leaf]:
        return [leaf for leaf in self.leaves if leaf.kind == "step"]

    def leaf(self, kind: str, number: int = 0) -> Leaf | None:
        return next((leaf for leaf in self.leaves if leaf.kind == kind and leaf.number == number), None)

    @property
    def image(self) -> str:
        return self.index.backend.imageid or ""

    def as_dict(self, html: bool = False) -> dict[str, Any]:
        """For other programs: what was read, block by block."""
        return {
            "title": self.title,
            "description": self.index.description or "",
            "image": self.image,
            "layout": self.index.interface.layout or "terminal",
            "pages": [leaf.as_dict(html) for leaf in self.leaves],
            "assets": [{"host": copy.host, "target": copy.target, "chmod": copy.chmod} for copy in self.copies],
            "notices": [notice.as_dict() for notice in self.notices],
        }


def load(folder: str | Path, root: Path | None = None) -> Scenario:
    """Read a scenario. `root`: files outside it are not read; default: the folder that the scenario is in.

    Raises:
        InvalidLab: there is no `index.json`, or it is not JSON.
    """
    folder = Path(folder)
    file = folder / "index.json"
    if not file.is_file():
        raise InvalidLab(Notice(str(folder), 0, "has no index.json", "error"))
    notices = Notices(folder)
    source = Source(file, "index.json")
    read = index.read_index(source, notices)
    reader = _Reader(folder, (root or folder.absolute().parent).resolve(), source, notices)
    details = read.details
    leaves = []
    if details.intro:
        leaves.append(reader.leaf("intro", 0, details.intro, "Introduction", ("intro",)))
    for number, part in enumerate(details.steps, 1):
        leaves.append(reader.leaf("step", number, part, f"Step {number}", ("steps",)))
    if details.finish:
        leaves.append(reader.leaf("finish", 0, details.finish, "The end", ("finish",)))
    if not read.backend.imageid:
        notices.add("index.json", 1, "backend.imageid is missing: nothing says which machine this runs on")
    layout = read.interface.layout
    if layout not in (None, "terminal", "ide", "terminal-terminal", "editor-terminal", "terminal-iframe"):
        notices.add("index.json", source.line_of("layout"), f"unknown layout {layout!r}; a terminal is used")
    copies = assets.copies(folder, details.assets, source, notices)
    title = read.title or folder.absolute().name
    return Scenario(folder, read, title, leaves, copies, notices.all)


class _Reader:
    """Reads the files that parts name."""

    def __init__(self, folder: Path, root: Path, source: Source, notices: Notices) -> None:
        self.folder, self.root, self.source, self.notices = folder, root, source, notices

    def leaf(self, kind: str, number: int, part: Part, title: str, words: tuple[str, ...]) -> Leaf:
        made = Leaf(kind, number, part.title or title)
        if part.text:
            path = self.file(part.text, "text", words)
            if path is not None:
                made.file = part.text
                made.source = self.text(path, part.text)
                made.page = pages.parse(made.source)
                for line, problem in made.page.problems:
                    self.notices.add(part.text, line, problem)
                self.images(made, path.parent)
        elif kind == "step":
            self.notices.add(self.source.name, self.source.line_of(*words), f"step {number} has no text")
        for script in SCRIPTS:
            name = getattr(part, script)
            path = self.file(name, script, words) if name else None
            if path is not None:
                made.scripts[script] = path
        return made

    def text(self, path: Path, name: str) -> str:
        try:
            return index.read_text(path, name)
        except InvalidLab as error:
            self.notices.all.extend(error.notices)
            return ""

    def file(self, name: str, what: str, words: tuple[str, ...]) -> Path | None:
        """The file that the index names, or None with a warning."""
        line = self.source.line_of(*words, name)
        problem = None
        try:
            path = self.folder / name.lstrip("/")
            if not path.exists():
                problem = "is missing" + self.other_case(path)
            elif not path.is_file():
                problem = "is no file"
            elif not path.resolve().is_relative_to(self.root):
                problem = f"lies outside {self.root}; not read"
            elif path.stat().st_size > MOST_BYTES:
                problem = "is too large to be read"
        except (OSError, ValueError, RuntimeError) as error:
            problem = f"can't be read: {error}"
        if problem is None:
            return path
        self.notices.add(self.source.name, line, f"{what} {name!r} {problem}")
        return None

    @staticmethod
    def other_case(path: Path) -> str:
        """A file whose name differs in capitals only is found on some laptops and missing everywhere else."""
        try:
            names = [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
        except OSError:
            names = []
        other = next((name for name in names if name.lower() == path.name.lower()), None)
        return f"; there is {other!r}" if other else ""

    def images(self, leaf: Leaf, folder: Path) -> None:
        """Pictures are named from the folder of their text."""
        for token in leaf.page.tokens:
            for child in token.children or ():
                source = str(child.attrs.get("src", "")) if child.type == "image" else ""
                name = unquote(re.split(r"[?#]", source)[0])
                if not name or re.match(r"[a-z][a-z0-9+.-]*:|//", name, re.IGNORECASE):
                    continue
                try:
                    there = (folder / name.lstrip("/")).is_file() or (self.folder / name.lstrip("/")).is_file()
                except (OSError, ValueError):
                    there = False
                if not there:
                    line = next((n for n, text in enumerate(leaf.source.splitlines(), 1) if source in text), 0)
                    self.notices.add(leaf.file, line, f"picture {name!r} is missing")
