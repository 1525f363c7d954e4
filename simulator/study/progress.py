"""How far a study is, and how long it will take: a bar where somebody watches, from the second second on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Told (runs done, runs in all); the total may grow while a precision is sought.
Progress = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """Nobody watches."""


@contextmanager
def bar(title: str) -> Iterator[Progress]:
    """A bar on standard error with the time that remains; nothing in a file or a pipe."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    if not (console.is_terminal or console.is_jupyter):
        yield silent
        return
    bars = Bars(
        TextColumn(title),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("runs, remaining"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    task, began, shown = bars.add_task(title, total=None), time.monotonic(), False

    def told(done: int, total: int) -> None:
        nonlocal shown
        bars.update(task, completed=done, total=total)
        if not shown and time.monotonic() - began > 1.0 and done < total:
            bars.start()
            shown = True

    try:
        yield told
    finally:
        if shown:
            bars.stop()
