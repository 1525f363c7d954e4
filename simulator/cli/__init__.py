"""The command `paddock`. One module for each command; other packages add theirs by an entry point.

- app: the commands put together, `--version`, `--help`.
- run, replicate, compare, sweep, sensitivity, validate, schema, listing, new, explain: one command each.
- studies: what replicate, compare, sweep and sensitivity have in common.
- console: how the command speaks: results, errors, JSON, progress.
- scenarios: a scenario by name, by file or from standard input; files: writing whole or not at all.
- plugins: commands of other packages, from the entry-point group `paddock.commands`.

Exit codes: 0 done, 1 a check failed, 2 usage or an invalid scenario, 70 an internal error, 130 interrupted. A
user's mistake is a line that says what to do, never a traceback; a mistake of ours comes with one.

Tables and pictures need pandas and matplotlib, which take longer to load than most commands to run: whatever
needs them imports them inside the function.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave with its exit code. Who gives arguments goes on afterwards, and may be interrupted."""
    sys.exit(_code(sys.argv[1:], leaves=True) if arguments is None else _code(list(arguments), leaves=False))


def _code(arguments: list[str], leaves: bool) -> int:
    """The exit code of a command. `leaves`: the process ends with it."""
    try:
        from simulator.cli import console
        from simulator.cli.app import run_app

        console.never_fail_on_a_letter()
        with console.user_mistakes_as_lines() as outcome:
            outcome.code = run_app(arguments)
            sys.stdout.flush()  # a reader who has gone shows here, not while Python shuts down
        code = outcome.code
    except BrokenPipeError:
        code = None
    except KeyboardInterrupt:
        code = 130
    except SystemExit as leave:  # typer leaves by itself when the reader has gone
        code = leave.code if isinstance(leave.code, int) else int(leave.code is not None)
    if code is None or _reader_has_gone():  # `paddock list | head -1` has shown all that was wanted
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    if code == 130:
        if leaves:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # pressed twice, it does not change how we leave
        print("\ninterrupted", file=sys.stderr)
    return code


def _reader_has_gone() -> bool:
    """Whether standard output is a pipe that nobody reads any more."""
    try:
        poll = select.poll()
        poll.register(1, 0)
        return any(event & select.POLLERR for _, event in poll.poll(0))
    except (AttributeError, OSError):  # no poll on this system, or standard output is closed
        return False
