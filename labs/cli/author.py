"""What authors do: new, lint, selftest, import, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labs.cli import speak
from labs.cli.entry import broken, command, lab_named, leave, progress
from labs.runner import codes, importing
from labs.runner.export import export as write_export
from labs.runner.format import InvalidLab, Notice
from labs.runner.lab import Lab, catalogue, skeleton
from labs.runner.lab.lint import lint as find_notices
from labs.runner.selftest import record
from labs.runner.selftest.run import AIM, Outcome, replay
from labs.runner.selftest.run import selftest as run_selftest
from simulator.cli.console import Problem, err, say, say_json, warn

AllLabs = Annotated[bool, typer.Option("--all", help="Every lab of the catalogue.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


@command
def new(
    lab: Annotated[Path, typer.Argument(metavar="LAB", help="A name, or a path to write it to.")],
    title: Annotated[str, typer.Option(help="The title.")] = "",
    steps: Annotated[int, typer.Option(min=1, max=20, help="How many steps.")] = 1,
) -> None:
    """Write a lab to start from. It passes lint, and fails selftest until its checks are real."""
    folder = lab if len(lab.parts) > 1 else catalogue.CATALOGUE / lab
    try:
        skeleton.write(folder, title or folder.name.replace("-", " ").capitalize(), steps)
    except OSError as error:
        raise Problem(
            f"{folder} can't be written: {(error.strerror or str(error)).lower()}", code=codes.FAILED
        ) from None
    say(f"Wrote {folder}. labs/AUTHORING.md explains its files. Next:")
    say(f"  paddock lab lint {folder}")
    say(f"  paddock lab selftest {folder}")


def _chosen(labs: list[str] | None, all_: bool) -> list[tuple[str, Lab | InvalidLab]]:
    if bool(labs) == all_:
        raise Problem("say which labs, or --all")
    if all_:
        # Of the catalogue only: what was imported is not ours to put right.
        names = [id for id, folder in sorted(catalogue.folders().items()) if "imported" not in folder.parts]
    else:
        names = labs or []
    chosen: list[tuple[str, Lab | InvalidLab]] = []
    for name in names:
        try:
            chosen.append((name, catalogue.find(name)))
        except InvalidLab as error:
            chosen.append((name, error))
    return chosen


@command
def lint(
    labs: Annotated[list[str] | None, typer.Argument(metavar="LAB", help="Labs, or folders of scenarios.")] = None,
    all_: AllLabs = False,
    json: AsJson = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
) -> None:
    """Look for mistakes that show without starting a lab. Works for any KillerCoda folder. Exit code 3: errors."""
    chosen = _chosen(labs, all_)
    found = {name: list(lab.notices) if isinstance(lab, InvalidLab) else find_notices(lab) for name, lab in chosen}
    bad = {"error", "warning"} if strict else {"error"}
    failed = [name for name, notices in found.items() if any(notice.level in bad for notice in notices)]
    if json:
        say_json({"labs": [{"id": name, "passed": name not in failed, "notices": [n.as_dict() for n in notices]}
                           for name, notices in found.items()]})  # fmt: skip
    else:
        for name, notices in found.items():
            _tell(name, notices, several=len(found) > 1)
        say(f"{len(found)} lab{'s' if len(found) != 1 else ''}, {len(failed)} with errors")
    leave(codes.INVALID if failed else codes.DONE)


def _tell(name: str, notices: list[Notice], several: bool) -> None:
    for notice in notices:
        say(f"{name}/{notice}" if several else str(notice))


@command
def selftest(
    labs: Annotated[list[str] | None, typer.Argument(metavar="LAB", help="Labs, or their folders.")] = None,
    all_: AllLabs = False,
    json: AsJson = False,
    evidence: Annotated[Path | None, typer.Option(help="Keep the evidence of every state in this folder.")] = None,
    replay_: Annotated[
        Path | None, typer.Option("--replay", help="Judge evidence that was kept, without machines.")
    ] = None,
) -> None:
    """Try whether a lab's checks tell right from wrong: fresh, traps, solutions, mutants, nothing left behind."""
    if replay_ is not None and (all_ or len(labs or []) != 1):
        raise Problem("--replay takes one lab")
    outcomes = []
    with progress(needs_engine=replay_ is None):
        for name, lab in _chosen(labs, all_):
            outcome = _one(name, lab, evidence, replay_)
            outcomes.append(outcome)
            if not json:
                _tell_outcome(outcome)
    if json:
        say_json({"labs": [outcome.as_dict() for outcome in outcomes]})
    leave(codes.DONE if all(outcome.passed for outcome in outcomes) else codes.FAILED)


def _one(name: str, lab: Lab | InvalidLab, evidence: Path | None, recorded: Path | None) -> Outcome:
    if isinstance(lab, InvalidLab):
        return Outcome(name, findings=[broken(lab).message])
    if recorded is not None:
        try:
            return replay(lab, record.read(recorded))
        except ValueError as error:
            raise Problem(str(error)) from None
    console = err()

    def tell(line: str) -> None:
        console.print(f"{lab.id}: {line.partition(': Step ')[0]}", markup=False, soft_wrap=True, style="dim")

    if lab.errors:
        return Outcome(lab.id, findings=[str(notice) for notice in lab.errors])
    outcome = run_selftest(lab, _without_build_output(tell))
    if evidence is not None:
        record.write(evidence / lab.id, outcome.records)
    return outcome


def _without_build_output(tell: speak.Tell) -> speak.Tell:
    told: list[str] = []

    def quieter(line: str) -> None:
        if line.startswith("building "):
            line = line.partition(": ")[0]
            if line in told:
                return
            told.append(line)
        tell(line)

    return quieter


def _tell_outcome(outcome: Outcome) -> None:
    for finding in outcome.findings:
        warn(f"{outcome.lab}: {finding}")
    for mutant in outcome.survivors:
        warn(f"{outcome.lab}: step {mutant.step}: no trap fails the criterion {mutant.criterion!r} alone")
    share = f"{outcome.killed} of {len(outcome.mutants)} mutants killed ({outcome.share:.0%}, aim {AIM:.0%})"
    word = "passed" if outcome.passed else "failed"
    say(f"{outcome.lab}: {word}; {len(outcome.records)} states, {share}, {outcome.seconds:.0f} s")


@command
def import_labs(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A scenario, a course, or a repository of them.")],
    force: Annotated[bool, typer.Option("--force", "-f", help="Replace what was imported before.")] = False,
    json: AsJson = False,
) -> None:
    """Take in public KillerCoda and Katacoda scenarios."""
    found = importing.take_in(folder, force)
    notices = importing.course_notices(folder)
    if json:
        say_json({"scenarios": [{"id": item.id, "source": str(item.source),
                                 "notices": [n.as_dict() for n in item.notices]}
                                for item in found]})  # fmt: skip
    else:
        speak.notices(notices)
        for item in found:
            speak.notices(item.notices, item.source)
            say(f"{item.id}: from {item.source}" if item.id else f"not imported: {item.source}")
    leave(codes.INVALID if all(item.id is None for item in found) else codes.DONE)


@command
def export(
    lab: Annotated[str, typer.Argument(metavar="LAB", help="A lab of ours.")],
    target: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder to write.")],
    seed: Annotated[int, typer.Option(min=0, help="The names, ports and secrets that it will have.")] = 1,
) -> None:
    """Write a lab as a folder that KillerCoda itself can run."""
    with progress() as known:
        found = lab_named(lab, known)
    try:
        write_export(found, target, seed)
    except OSError as error:
        raise Problem(
            f"{target} can't be written: {(error.strerror or str(error)).lower()}", code=codes.FAILED
        ) from None
    say(f"Wrote {target}: a KillerCoda scenario whose checks are those of {found.id}")
