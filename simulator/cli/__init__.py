"""The command `paddock`. One module for each command; other packages add theirs by an entry point.

- app: the commands put together, `--version`, `--help`.
- run, validate, schema, listing, new, explain: one command each.
- console: how the command speaks: results, errors, JSON, progress.
- scenarios: a scenario by name, by file or from standard input; files: writing whole or not at all.
- plugins: commands of other packages, from the entry-point group `paddock.commands`.

Exit codes: 0 done, 1 a check failed, 2 usage or an invalid scenario, 130 interrupted. A mistake of the user is a
line that says what to do, never a traceback.

Tables and pictures need pandas and matplotlib, which take longer to load than most commands to run: whatever
needs them imports them inside the function.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave with its exit code."""
    sys.exit(_code(list(sys.argv[1:] if arguments is None else arguments)))


def _code(arguments: list[str]) -> int:
    try:
        from simulator.cli import console
        from simulator.cli.app import run_app

        console.never_fail_on_a_letter()
        with console.user_mistakes_as_lines() as outcome:
            outcome.code = run_app(arguments)
            sys.stdout.flush()  # a reader who has gone shows here, not while Python shuts down
        return outcome.code
    except BrokenPipeError:  # `paddock list | head -1`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
