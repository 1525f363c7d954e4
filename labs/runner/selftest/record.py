"""The evidence of each state that a selftest has seen, with what the check had to say of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labs.runner.checks.verdict import Criterion
from labs.runner.format.index import read_text


@dataclass(frozen=True)
class Record:
    """One state: of which step's check, what it is called, and whether the check should accept it."""

    step: int
    state: str
    accept: bool
    criteria: list[Criterion] = field(default_factory=list)
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def failing(self) -> frozenset[str]:
        return frozenset(criterion.id for criterion in self.criteria if not criterion.passed)


def write(folder: Path, records: list[Record]) -> None:
    """A file for each record, in the place of earlier ones; together they let judges be tested without machines."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("step*-*.json"):
        old.unlink()
    for number, record in enumerate(records):
        name = re.sub(r"[^a-z0-9]+", "-", record.state.lower()).strip("-")
        document = {"step": record.step, "state": record.state, "accept": record.accept, "evidence": record.evidence}
        file = folder / f"step{record.step}-{number:03d}-{name}.json"
        file.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def read(folder: Path) -> list[Record]:
    """The records of a folder, not yet judged.

    Raises:
        ValueError: a file is no record.
    """
    records = []
    for file in sorted(folder.glob("*.json")):
        try:
            document = json.loads(read_text(file, file.name))
            records.append(Record(document["step"], document["state"], document["accept"], [], document["evidence"]))
        except (json.JSONDecodeError, KeyError, TypeError):
            raise ValueError(f"{file} is no recorded evidence") from None
    return records
