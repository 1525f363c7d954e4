"""Which files of a scenario go where on which machine."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from labs.runner.format.index import Asset, Source
from labs.runner.format.notices import Notices


@dataclass(frozen=True)
class Copy:
    """One file for one machine: where it is, where it goes, with which mode."""

    host: str
    source: Path
    target: str
    chmod: str | None = None


def copies(folder: Path, assets: dict[str, list[Asset]], source: Source, notices: Notices) -> list[Copy]:
    """Every file that the assets name; a pattern that matches nothing is a warning."""
    found: list[Copy] = []
    for host, entries in assets.items():
        for entry in entries:
            line = source.line_of("assets", host, entry.file)
            matches = _matches(folder / "assets", entry.file)
            if not matches:
                notices.add(source.name, line, f"no file in assets/ matches {entry.file!r}")
            chmod = entry.chmod if entry.chmod and _is_mode(entry.chmod) else None
            if entry.chmod and not chmod:
                notices.add(source.name, line, f"{entry.chmod!r} is no mode for chmod")
            found += [Copy(host, path, _target(entry, folder, path), chmod) for path in matches]
    return found


def _matches(root: Path, pattern: str) -> list[Path]:
    """`**` crosses folders, `*` does not; nothing above `assets/` is ever read."""
    if pattern.startswith("/") or ".." in PurePosixPath(pattern).parts or "\0" in pattern:
        return []
    literal = root / pattern
    try:
        if literal.is_file():  # a name may have letters that are special in a pattern
            names = [pattern]
        else:
            # "**" alone matches folders in Python: what is meant are the files in them
            pattern = pattern + "/*" if pattern.endswith("**") else pattern
            names = glob.glob(pattern, root_dir=root, recursive=True, include_hidden=True)
        paths = [root / name for name in sorted(names)]
        inside = root.resolve()
        return [path for path in paths if path.is_file() and path.resolve().is_relative_to(inside)]
    except (OSError, RuntimeError):
        return []


def _target(entry: Asset, folder: Path, path: Path) -> str:
    """The target is always a folder; below it a pattern keeps the path below `assets/`, a plain name only the name."""
    target = entry.target
    if target == "~" or target.startswith("~/"):
        target = "/root" + target[1:]
    below = path.relative_to(folder / "assets")
    kept = below.as_posix() if glob.has_magic(entry.file) and (folder / "assets" / entry.file) != path else below.name
    return str(PurePosixPath("/", target) / kept)


def _is_mode(text: str) -> bool:
    """`+x`, `u+rwx,go-w`, `0755`."""
    if text.isdigit():
        return len(text) <= 4 and all(digit in "01234567" for digit in text)
    clauses = text.split(",")
    return all(
        clause.lstrip("ugoa")[:1] in ("+", "-", "=") and not clause.lstrip("ugoa")[1:].strip("rwxXst")
        for clause in clauses
    )
