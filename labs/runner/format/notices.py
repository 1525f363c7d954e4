"""What is said of a lab that is not quite right: where, and what."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

#: A notice is good to know, a warning is probably a mistake, an error keeps the lab from working.
Level = Literal["notice", "warning", "error"]


@dataclass(frozen=True)
class Notice:
    """One line about one place; the line counts from 1, 0 is the file as a whole."""

    file: str
    line: int
    message: str
    level: Level = "warning"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.level}: {self.message}"

    def as_dict(self) -> dict[str, str | int]:
        return {"file": self.file, "line": self.line, "level": self.level, "message": self.message}


class InvalidLab(Exception):
    """A lab that can't be loaded at all; its notices say why."""

    def __init__(self, *notices: Notice) -> None:
        self.notices = notices
        super().__init__("\n".join(str(notice) for notice in notices))


@dataclass
class Notices:
    """Collects notices about one folder, each only once."""

    folder: Path
    all: list[Notice] = field(default_factory=list)

    def add(self, file: str, line: int, message: str, level: Level = "warning") -> None:
        notice = Notice(file, line, message, level)
        if notice not in self.all:
            self.all.append(notice)
