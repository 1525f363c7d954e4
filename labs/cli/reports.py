"""`report`: what was reached, for people, gradebooks and CI."""

from __future__ import annotations

import enum
import time
from pathlib import Path
from typing import Annotated

import typer

from labs.cli.entry import command, lab_named, lab_of, progress
from labs.cli.speak import working
from labs.runner import grades
from labs.runner.against_simulation import picture, times
from labs.runner.format import InvalidLab
from labs.runner.store.progress import Attempt, Progress
from simulator.cli import files
from simulator.cli.console import Problem, say, say_json, show, table, warn


class Format(enum.StrEnum):
    json = "json"
    csv = "csv"
    junit = "junit"
    gradescope = "gradescope"


@command
def report(
    lab: Annotated[str | None, typer.Argument(metavar="LAB", help="Only this lab.")] = None,
    format: Annotated[
        Format | None,
        typer.Option(
            "--format", "-f", help="json, csv (of nbgrader), junit, gradescope; default: a table, json for --out."
        ),
    ] = None,
    student: Annotated[str, typer.Option(help="The student's id, for csv.")] = "",
    all_: Annotated[bool, typer.Option("--all", help="Every attempt, not only the best of each lab.")] = False,
    against: Annotated[
        bool,
        typer.Option(
            "--against-simulation",
            help="The times measured in all attempts at LAB beside those of the scenario it mirrors: a table (or json) "
            "and a picture (--out, default LAB-against-simulation.png).",
        ),
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write it to a file.")] = None,
) -> None:
    """Show what was reached, or how long things took beside what the simulator says."""
    if against:
        _against_simulation(lab, format, out)
        return
    with progress() as known:
        results = _results(known, lab, all_)
    if format is None and out is None:
        _tell(results)
        return
    if format == Format.gradescope and len({result.lab for result in results}) > 1:
        raise Problem("gradescope takes one assignment: say which lab")
    text = {
        Format.json: grades.as_json,
        Format.csv: lambda found: grades.as_csv(found, student),
        Format.junit: grades.as_junit,
        Format.gradescope: grades.as_gradescope,
    }[format or Format.json](results)
    if out:
        files.write(out, text)
    else:
        say(text.rstrip("\n"))


def _tell(results: list[grades.Result]) -> None:
    if not results:
        say("nothing has been started yet")
        return
    made = table("LAB", "POINTS", "STEPS", "STARTED", "STATE", whole=(0, 1, 2, 3))
    for result in results:
        steps = f"{sum(step.passed for step in result.steps)}/{len(result.steps)}"
        began = time.strftime("%Y-%m-%d", time.localtime(result.started))
        state = f"{result.status}{', assisted' if result.assisted else ''}"
        made.add_row(result.lab, f"{result.points}/{result.most}", steps, began, state)
    show(made)


def _against_simulation(wanted: str | None, format: Format | None, out: Path | None) -> None:
    if wanted is None:
        raise Problem("--against-simulation needs a lab", hint="Write: paddock lab report LAB --against-simulation")
    if format not in (None, Format.json):
        raise Problem(f"--against-simulation gives a table or json, not {format}")
    with progress() as known:
        lab = lab_named(wanted, known)
        if lab.spec is None or lab.spec.simulation is None:
            raise Problem(f"{lab.id} measures nothing that a simulation says too (`simulation` in its lab.yaml)")
        attempts = [known.events(made) for made in known.attempts(lab=lab.id)]
    with working(f"simulating {lab.spec.mirrors}"):
        found = times.compare(lab.spec, attempts)
        drawn = picture.as_png(f"{lab.scenario.title}: measured and simulated", found)
    file = out or Path(f"{lab.id}-against-simulation.png")
    files.write(file, drawn)
    if format == Format.json:
        say_json({"lab": lab.id, "scenario": lab.spec.mirrors, "times": [one.as_dict() for one in found]})
        return
    say(f"{lab.id} beside the scenario {lab.spec.mirrors}, in seconds:\n")
    made = table("TIME", "MEASURED", "MEDIAN", "SIMULATED, CENTRAL 80 %", "MEDIAN IS", right=(1, 2, 3))
    for one in found:
        low, high = one.interval
        median = "–" if one.median is None else f"{one.median:.2f}"
        where = {True: "inside", False: "outside", None: "–"}[one.inside]
        made.add_row(one.title, str(one.measured.size), median, f"{low:.2f} to {high:.2f}", where)
    show(made)
    say(f"\nPicture: {file}")


def _results(known: Progress, wanted: str | None, all_: bool) -> list[grades.Result]:
    by_lab: dict[str, list[Attempt]] = {}
    for made in known.attempts(lab=wanted):
        by_lab.setdefault(made.lab, []).append(made)
    results = []
    for id, attempts in sorted(by_lab.items()):
        try:
            lab = lab_of(attempts[-1])
        except (Problem, InvalidLab) as error:
            warn(f"{id} can't be read any more, so its attempts can't be graded: {error}")
            continue
        graded = [grades.grade(lab, made, known.events(made)) for made in attempts if made.status != "failed"]
        results += graded if all_ else grades.best(graded)
    if wanted and not results:
        raise Problem(f"there is no attempt at {wanted!r}")
    return results
