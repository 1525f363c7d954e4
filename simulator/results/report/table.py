"""A table of words, for a page or a terminal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column. numeric: its words are numbers; special: shown only where there is room for all columns."""

    heading: str
    numeric: bool = False
    special: bool = False


@dataclass(frozen=True)
class Table:
    """A table for people: columns, rows of text, and what is to be said below them."""

    caption: str
    columns: list[Column]
    rows: list[list[str]]
    notes: tuple[str, ...] = ()

    @property
    def headings(self) -> list[str]:
        return [column.heading for column in self.columns]

    def brief(self) -> Table:
        """Without the special columns."""
        kept = [number for number, column in enumerate(self.columns) if not column.special]
        rows = [[row[number] for number in kept] for row in self.rows]
        return Table(self.caption, [self.columns[number] for number in kept], rows, self.notes)
