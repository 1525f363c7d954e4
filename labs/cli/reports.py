"""`report`: what was reached, for people, gradebooks and CI."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from labs.cli.entry import command, progress
from labs.runner import grades
from labs.runner.format import InvalidLab
from labs.runner.lab import catalogue
from labs.runner.store.progress import Attempt, Progress
from simulator.cli import files
from simulator.cli.console import Problem, say, warn


class Format(enum.StrEnum):
    json = "json"
    csv = "csv"
    junit = "junit"
    gradescope = "gradescope"


@command
def report(
    lab: Annotated[str | None, typer.Argument(metavar="[LAB]", help="Only this lab.")] = None,
    format: Annotated[
        Format, typer.Option("--format", "-f", help="json, csv (nbgrader's columns), junit, gradescope.")
    ] = Format.json,
    student: Annotated[str, typer.Option(help="The student's id, for csv.")] = "",
    all_: Annotated[
        bool, typer.Option("--all", help="Every attempt, not only the best of each lab (json, csv).")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write it to a file.")] = None,
) -> None:
    """Show what was reached."""
    with progress() as known:
        results = _results(known, lab, all_)
    if format == Format.gradescope and len({result.lab for result in results}) > 1:
        raise Problem("gradescope takes one assignment: say which lab")
    text = {
        Format.json: grades.as_json,
        Format.csv: lambda found: grades.as_csv(found, student),
        Format.junit: grades.as_junit,
        Format.gradescope: grades.as_gradescope,
    }[format](results)
    if out:
        files.write(out, text)
    else:
        say(text.rstrip("\n"))


def _results(known: Progress, wanted: str | None, all_: bool) -> list[grades.Result]:
    by_lab: dict[str, list[Attempt]] = {}
    for made in known.attempts(lab=wanted):
        by_lab.setdefault(made.lab, []).append(made)
    results = []
    for id, attempts in sorted(by_lab.items()):
        try:
            lab = catalogue.find(str(attempts[-1].folder) if attempts[-1].folder.is_dir() else id)
        except (Problem, InvalidLab) as error:
            warn(f"{id} can't be read any more, so its attempts can't be graded: {error}")
            continue
        graded = [grades.grade(lab, made, known.events(made)) for made in attempts if made.status != "failed"]
        results += graded if all_ else grades.best(graded)
    if wanted and not results:
        raise Problem(f"there is no attempt at {wanted!r}")
    return results
