"""`paddock lab`: learn on real machines. One module for each kind of command.

- app: the commands put together; entry: what every command does first and last.
- look: list, show. work: start, shell, machine, check, hint, solve, reset, stop, status. reports: grades.
- author: new, lint, selftest, import, export. care: doctor, build, save, load.
- speak: how results are shown. without: what is said where the packages of the extra `lab` are not installed.

Exit codes: 0 done, 1 check failed, 2 usage, 3 lab content invalid, 4 engine unavailable, 5 undetermined or timed
out, 130 interrupted.
"""

from labs.cli import without

try:
    from labs.cli.app import app
except ModuleNotFoundError as error:
    if error.name not in without.EXTRA:
        raise
    app = without.app(error.name)

__all__ = ["app"]
