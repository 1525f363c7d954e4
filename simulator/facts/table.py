"""The tables of facts and the questions one may ask them.

The tables are read on the first question, once for each process: importing this module costs nothing.
"""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from simulator.facts.fact import Fact

#: Published facts first, then what Paddock had to assume.
TABLES = tuple(Path(__file__).with_name(name) for name in ("domain-facts.csv", "assumptions.csv"))

COLUMNS = ["system", "parameter", "value", "unit", "kind", "source", "note"]


class UnknownFact(KeyError):
    """No fact has the name asked for; `nearest` holds the names that look most like it."""

    def __init__(self, name: str, nearest: list[str]) -> None:
        super().__init__(name)
        self.name = name
        self.nearest = nearest

    def __str__(self) -> str:  # KeyError would show the quoted key and nothing else
        hint = f"nearest: {', '.join(self.nearest)}" if self.nearest else "no name is near it"
        return f"no fact is named {self.name!r}; {hint}"


def get(name: str) -> Fact:
    """Return the fact called `name`, which is ``system.parameter``.

    Raises:
        UnknownFact: there is none; the message offers the nearest names.
    """
    facts = _facts()
    try:
        return facts[name]
    except KeyError:
        raise UnknownFact(name, difflib.get_close_matches(name, facts, n=3)) from None


def all_facts() -> tuple[Fact, ...]:
    """Return every fact, published ones first, in the order of their tables."""
    return tuple(_facts().values())


def search(text: str) -> list[Fact]:
    """Return the facts whose name, value or note contains every word of `text`, best first.

    A word counts most as a whole word of the name, then within the name, then in the value, then in the note.
    """
    words = text.lower().split()
    ranked = ((_distance(fact, words), fact) for fact in all_facts())
    hits = [(distance, fact) for distance, fact in ranked if distance is not None]
    return [fact for _, fact in sorted(hits, key=lambda hit: hit[0])]


def read(*tables: Path) -> dict[str, Fact]:
    """Read `tables` into facts by name.

    Raises:
        ValueError: a row has too many or too few columns (a comma that wants quotes), or a name occurs twice.
    """
    facts: dict[str, Fact] = {}
    for table in tables:
        for line, (system, parameter, *rest) in _rows(table):
            name = f"{system}.{parameter}"
            if name in facts:
                raise ValueError(f"{table.name}, line {line}: {name} is already defined")
            facts[name] = Fact(name, *rest)
    return facts


@cache
def _facts() -> dict[str, Fact]:
    return read(*TABLES)


def _rows(table: Path) -> Iterator[tuple[int, list[str]]]:
    with table.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        if header != COLUMNS:
            raise ValueError(f"{table.name}: the columns are {','.join(COLUMNS)}, not {','.join(header)}")
        for row in filter(None, rows):  # a blank line may part one group from the next
            if len(row) != len(COLUMNS):
                raise ValueError(
                    f"{table.name}, line {rows.line_num}: {len(row)} columns instead of {len(COLUMNS)}; "
                    "a text with a comma needs quotes"
                )
            yield rows.line_num, row


def _distance(fact: Fact, words: list[str]) -> int | None:
    """Return how far `words` are from the fact, 0 if all are words of its name; None if one is missing."""
    name, value, note = fact.name.lower(), fact.value.lower(), fact.note.lower()
    places = (re.split(r"[^a-z0-9]+", name), name, value, note)
    distances = [next((far for far, place in enumerate(places) if word in place), None) for word in words]
    return None if None in distances else sum(distances)
