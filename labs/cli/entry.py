"""What every command does first and last: signals, mistakes as lines, a sweep."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import typer

from labs.runner import codes, engine, signals
from labs.runner.format import InvalidLab
from labs.runner.lab import Lab, catalogue, open_lab
from labs.runner.running import attempt, sweep
from labs.runner.store.progress import RUNNING, Attempt, Progress
from simulator.cli.console import Problem


def command(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command of ours: killed it unwinds, and what a lab or the engine does wrong becomes a line."""

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        signals.unwind_when_killed()
        with attempt.engine_errors_as_problems():
            try:
                return function(*args, **kwargs)
            except InvalidLab as error:
                raise broken(error) from None

    return wrapped


def broken(error: InvalidLab) -> Problem:
    lines = [str(notice) for notice in error.notices]
    if len(lines) == 1:
        return codes.invalid(lines[0])
    return codes.invalid(f"the lab has {len(lines)} mistakes", "\n".join(lines))


@contextmanager
def progress(needs_engine: bool = False) -> Iterator[Progress]:
    """The store, after a sweep. Where no engine answers there is nothing to sweep.

    Raises:
        Problem: the engine is needed and does not answer.
    """
    if needs_engine:
        engine.client()
    known = Progress()
    try:
        if needs_engine or engine.problem(timeout=2) is None:
            sweep.orphans(known)
        yield known
    finally:
        known.close()


def the_one_running(known: Progress) -> Attempt:
    """The attempt that is meant where no lab is named.

    Raises:
        Problem: none or several are running.
    """
    running = known.attempts(status=RUNNING)
    if not running:
        raise Problem("no lab is running: say which one is meant", hint="`paddock lab list` shows the labs.")
    if len(running) > 1:
        raise Problem(f"several labs are running: {', '.join(sorted(a.lab for a in running))}; say which one is meant")
    return running[0]


def lab_of(attempt: Attempt) -> Lab:
    """The lab of an attempt, where it was when the attempt began.

    Raises:
        Problem: it is not there any more, nor another of its name.
    """
    if attempt.folder.is_dir():
        return open_lab(attempt.folder, attempt.lab)
    if attempt.lab in catalogue.folders():
        return catalogue.find(attempt.lab)
    raise Problem(
        f"the folder of {attempt.lab} is gone: {attempt.folder}",
        hint=f"`paddock lab stop {attempt.lab}` ends what runs of it.",
    )


def lab_named(name: str | None, known: Progress) -> Lab:
    """The lab by name or path; without a name the one that is running.

    Raises:
        Problem: there is none of that name; none or several are running.
    """
    if not name:
        return lab_of(the_one_running(known))
    started = known.running(name)
    return lab_of(started) if started else catalogue.find(name)


def lab_and_word(
    name: str | None, word: str | None, known: Progress, words: Callable[[Lab], Iterable[str]]
) -> tuple[Lab, str | None]:
    """A lab and a word about it. Both may be left out: one alone may be a word about the lab that is running."""
    if name and word is None and name not in catalogue.folders() and len(known.attempts(status=RUNNING)) == 1:
        found = lab_named(None, known)
        if name in words(found):
            return found, name
    return lab_named(name, known), word


def leave(code: int) -> None:
    if code:
        raise typer.Exit(code)
