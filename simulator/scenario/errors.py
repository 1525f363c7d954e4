"""What is said of a scenario that can't be run: one message for each mistake, with its place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Path = tuple[str | int, ...]
Found = tuple[Path, str, bool]  # a mistake found: path, message, and whether the key itself is meant


@dataclass(frozen=True)
class Mistake:
    """One mistake: where (path, and line and column from 1 when it came from a file) and what."""

    path: str
    message: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class InvalidScenario(ValueError):
    """A scenario that can't be run. `mistakes` lists every mistake found, `source` names the file."""

    def __init__(self, mistakes: Sequence[Mistake], source: str = "scenario") -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda m: (m.line or 0, m.column or 0)))  # as they are read
        self.source = source
        super().__init__(self.mistakes, source)  # SimPy makes an exception anew from its arguments

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """`file:line:column: path: message`, one line a mistake."""
        return [f"{self.source}{f':{m.line}:{m.column}' if m.line else ''}: {m}" for m in self.mistakes]


def shown(value: object, *, quoted: bool = True) -> str:
    """A value as a message may show it: on one line, and not longer than a reader wants."""
    text = repr(value) if quoted or not str(value).isprintable() else str(value)
    return text if len(text) <= 60 else f"{text[:50]}… ({len(text)} characters)"


#: So few words are all named rather than guessed among, unless one is this close.
FEW, SURELY = 8, 0.7


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?`, or the known words when they are few and none is surely meant."""
    known = sorted(set(known))
    lowered = {k.lower(): k for k in known}
    cutoff = SURELY if len(known) <= FEW else 0.55
    close = difflib.get_close_matches(str(word)[:100].lower(), lowered, n=1, cutoff=cutoff)
    if close:
        return f"; did you mean {lowered[close[0]]!r}?"
    return f"; known: {', '.join(known)}" if 0 < len(known) <= 30 else ""
