"""How the command speaks: results on standard output, everything about the work on standard error."""

from __future__ import annotations

import json
import math
import os
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import typer
from rich.console import Console, RenderableType
from rich.table import Table

from simulator.scenario.errors import InvalidScenario

FAILED, USAGE, INTERNAL, INTERRUPTED = 1, 2, 70, 130
#: Nobody folds lines in a file or a pipe; tables there are as wide as a wide terminal.
WIDTH_WITHOUT_TERMINAL = 120


class Problem(Exception):
    """Something the user can put right: one line that says what, and one that says how."""

    def __init__(self, message: str, hint: str = "", code: int = USAGE) -> None:
        super().__init__(message)
        self.message, self.hint, self.code = message, hint, code


def out() -> Console:
    """Where results go."""
    return _console(sys.stdout)


def err() -> Console:
    """Where warnings, errors and progress go."""
    return _console(sys.stderr)


class _Console(Console):
    """A console that leaves it to `main` what a closed pipe means."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def _console(file: Any) -> Console:
    width = None if file.isatty() or "COLUMNS" in os.environ else WIDTH_WITHOUT_TERMINAL
    return _Console(file=file, width=width, highlight=False, emoji=False)


def say(text: str = "", style: str | None = None) -> None:
    """A line of results: as it is, never wrapped, so that it can be searched and copied."""
    out().print(text, style=style, markup=False, soft_wrap=True)


def warn(text: str) -> None:
    """A line that starts with `warning:`."""
    _line("warning", "yellow", text)


def _line(word: str, colour: str, text: str) -> None:
    console = err()
    console.print(f"{word}: ", style=f"bold {colour}", end="")
    console.print(text, markup=False, soft_wrap=True)


def say_json(document: Any) -> None:
    """One JSON document; what is not a number becomes null, so that any reader can read it."""
    sys.stdout.write(as_json(document))
    sys.stdout.flush()  # more may follow, and whoever reads it need not wait for that


def as_json(document: Any) -> str:
    """JSON text with a newline at its end."""
    return json.dumps(plain(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def plain(value: Any) -> Any:
    """Values of tables as JSON knows them: NaN, infinity and what is missing become null."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "item"):  # a number of numpy
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (str, int)):
        return value
    if value != value:  # pandas writes a missing time as NaT
        return None
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def table(*headings: str, title: str | None = None, right: tuple[int, ...] = (), whole: tuple[int, ...] = ()) -> Table:
    """A table in the style of kubectl: headings, columns, no lines. `right`: columns of numbers.

    `whole`: columns that are never folded, as those of numbers.
    """
    made = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        header_style="dim",
    )
    for number, heading in enumerate(headings):
        made.add_column(
            heading,
            justify="right" if number in right else "left",
            no_wrap=number in (*right, *whole),
            overflow="fold",
        )
    return made


def show(made: RenderableType) -> None:
    """Print a table or a text; in a file or a pipe its lines end where their words do."""
    console = out()
    if console.is_terminal:
        console.print(made, crop=False)
        return
    with console.capture() as captured:
        console.print(made, crop=False)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


@contextmanager
def busy(text: str) -> Iterator[None]:
    """A moving sign while something takes longer than a second; only where somebody watches."""
    console = err()
    if not console.is_terminal:
        yield
        return
    status = console.status(text)
    patience = threading.Timer(1.0, status.start)
    patience.daemon = True
    patience.start()
    try:
        yield
    finally:
        patience.cancel()
        patience.join()
        status.stop()


def never_fail_on_a_letter() -> None:
    """A terminal that can't show a dash gets a question mark, not a crash."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


@contextmanager
def user_mistakes_as_lines() -> Iterator[SimpleNamespace]:
    """Turns what a user can put right into lines on standard error; `code` is the exit code to leave with."""
    outcome = SimpleNamespace(code=0)
    try:
        yield outcome
    except Problem as problem:
        _line("error", "red", problem.message)
        if problem.hint:
            err().print(problem.hint, markup=False, soft_wrap=True)
        outcome.code = problem.code
    except InvalidScenario as error:
        for line in error.lines():
            err().print(line, markup=False, soft_wrap=True)
        number = len(error.mistakes)
        _line("error", "red", f"{error.source} has {number} mistake{'s' if number != 1 else ''}")
        outcome.code = USAGE
    except typer.Exit as leave:
        outcome.code = leave.exit_code
    except (typer.Abort, KeyboardInterrupt):
        outcome.code = INTERRUPTED
    except MemoryError:
        _line("error", "red", "there is not enough memory for this scenario; make the fleet smaller")
        outcome.code = FAILED
    except BrokenPipeError:  # the reader has gone: `main` knows what that means
        raise
    except Exception as error:
        if not hasattr(error, "format_message"):  # not a mistake in the command line: ours, so show where
            sys.stderr.write(traceback.format_exc())
            _line("internal error", "red", f"{' '.join(f'{type(error).__name__}: {error}'.split())}; please report it")
            outcome.code = INTERNAL
            return
        _line("error", "red", error.format_message())
        context = getattr(error, "ctx", None)
        if context is not None:
            err().print(f"`{context.command_path} --help` shows what it takes.", markup=False, soft_wrap=True)
        outcome.code = getattr(error, "exit_code", USAGE)
