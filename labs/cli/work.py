"""What a learner does: start, shell, machine, check, hint, solve, reset, stop, status."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from labs.cli import speak
from labs.cli.entry import command, lab_and_word, lab_named, lab_of, leave, progress, the_one_running
from labs.runner import codes, work
from labs.runner.format import InvalidLab
from labs.runner.lab import Lab
from labs.runner.running import attempt as attempts
from labs.runner.running import compose, plain, sweep
from labs.runner.store import locks
from labs.runner.store.progress import RUNNING, STOPPED, Attempt, Progress
from simulator.cli.console import Problem, say, say_json, show, table, warn

LabName = Annotated[str | None, typer.Argument(metavar="LAB", help="A lab; without one, the one that is running.")]
StepNumber = Annotated[int | None, typer.Option("--step", "-s", help="The step; default: the first not passed.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
_WATCH_PAUSE = 2


@command
def start(
    lab: Annotated[str, typer.Argument(metavar="LAB", help="A lab, or the folder of one.")],
    seed: Annotated[
        int | None, typer.Option(min=0, help="The same seed gives the same names, ports and secrets.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Without the texts.")] = False,
) -> None:
    """Start a lab's machines and show the first task."""
    with progress(needs_engine=True) as known:
        found = lab_named(lab, known)
        with locks.lab(found.id), speak.working(f"starting {found.id}") as tell:
            made = attempts.start(found, known, seed, tell)
        _first_texts(found, made, quiet)


def _first_texts(lab: Lab, made: Attempt, quiet: bool) -> None:
    if not quiet:
        for kind, number in (("intro", 0), ("step", 1)):
            leaf = lab.scenario.leaf(kind, number)
            if leaf is not None:
                speak.page(lab, leaf, made)
                say()
    if made.greeting.strip():
        say(made.greeting.rstrip())
    if lab.plain and (lacking := plain.absent(lab)):
        speak.folded(lacking)
    say(f"{lab.id} is running (attempt {made.id}, seed {made.seed}). Next:")
    say(f"  paddock lab shell {lab.id}")
    if lab.steps:
        say(f"  paddock lab check {lab.id}")
    say(f"  paddock lab stop {lab.id}")


@command
def shell(
    lab: LabName = None,
    machine: Annotated[
        str | None, typer.Argument(metavar="MACHINE", help="Which machine; default: the lab's own choice.")
    ] = None,
) -> None:
    """Open a shell on a machine of a running lab. Exit code: that of the shell."""
    with progress(needs_engine=True) as known:
        found, machine = lab_and_word(lab, machine, known, lambda lab: lab.machines)
        made = work.running(found, known)
        name = machine or found.machine
        if name not in found.machines:
            raise Problem(f"{found.id} has no machine {name!r}", hint=f"It has {', '.join(found.machines)}.")
        container = compose.container(made, name)
    terminal = ["--tty"] if sys.stdin.isatty() and sys.stdout.isatty() else []
    inside = ["sh", "-c", "if command -v bash >/dev/null; then exec bash -l; else exec sh -l; fi"]
    call = ["docker", "exec", "--interactive", *terminal, container.id, *inside]
    leave(min(subprocess.call(call), 125))


@command
def machine(
    lab: Annotated[str, typer.Argument(metavar="LAB", help="A running lab.")],
    action: Annotated[
        str,
        typer.Argument(
            metavar="ACTION", help="stop, start, kill, restart, pause, unpause, disconnect, connect, replace."
        ),
    ],
    name: Annotated[str, typer.Argument(metavar="MACHINE", help="Which machine.")],
) -> None:
    """Do something to a machine from outside: its power, its network cable, a fresh one in its place."""
    with progress(needs_engine=True) as known:
        found = lab_named(lab, known)
        with locks.lab(found.id), speak.working(f"{action} {name}"):
            work.machine(found, known, work.running(found, known), action, name)
        say(f"{name}: {action} done")


@command
def check(
    lab: LabName = None,
    step: StepNumber = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Again and again, until it passes.")] = False,
    json: AsJson = False,
    evidence: Annotated[bool, typer.Option("--evidence", help="With --json: the evidence too.")] = False,
) -> None:
    """Check your work on a step. Exit code: 0 passed, 1 not yet, 5 no verdict."""
    if evidence and not json:
        raise Problem("--evidence needs --json")
    with progress(needs_engine=True) as known:
        found = lab_named(lab, known)
        last = None
        while True:
            with locks.lab(found.id), speak.working("checking"):
                done = work.check(found, known, work.running(found, known), step)
            outcome = done.verdict.outcome
            said = (outcome, done.verdict.failing)
            if json:
                say_json({"lab": found.id, "step": done.step.number} | done.verdict.as_dict(evidence))
            elif said != last:
                speak.verdict(done.verdict, done.step.number)
            last = said
            if not watch or outcome == "pass":
                break
            time.sleep(_WATCH_PAUSE)
        if not json and outcome == "pass":
            _after_pass(found, known, done)
    leave({"pass": codes.DONE, "fail": codes.FAILED, "error": codes.UNDETERMINED}[outcome])


def _after_pass(lab: Lab, known: Progress, done: work.Checked) -> None:
    made = work.running(lab, known)
    if done.first_pass:
        if done.said.strip():
            say(done.said.rstrip())
        leaf = lab.scenario.leaf("step", done.next_step.number) if done.next_step else lab.scenario.leaf("finish")
        if leaf is not None:
            say()
            speak.page(lab, leaf, made)
    if done.next_step is None:
        points = sum(entry.points for entry in work.scores(lab, known, made))
        say(f"\nAll steps passed: {points} of {lab.points} points. Next:")
        if lab.scenario.leaf("finish"):
            say(f"  paddock lab show {lab.id} finish")
        say(f"  paddock lab stop {lab.id}")


@command
def hint(lab: LabName = None, step: StepNumber = None) -> None:
    """Show the next hint: first where to look, then more."""
    with progress(needs_engine=True) as known:
        found = lab_named(lab, known)
        with locks.lab(found.id):
            asked, tier, text = work.hint(found, known, work.running(found, known), step)
        speak.markdown(text)
        more = len(asked.hints) - tier
        say(
            f"Hint {tier} of {len(asked.hints)} for step {asked.number}{'' if more else '; there are no more'}.",
            style="dim",
        )


@command
def solve(lab: LabName = None, step: StepNumber = None) -> None:
    """Have a step done for you. It earns no points then, and the attempt says that it was assisted."""
    with progress(needs_engine=True) as known:
        found = lab_named(lab, known)
        with locks.lab(found.id), speak.working("solving"):
            done = work.solve(found, known, work.running(found, known), step)
        say(f"Step {done.number} is done; `paddock lab check {found.id}` looks at it. The attempt counts as assisted.")
        if done.solution:
            say(f"What was run: {done.solution}")


@command
def reset(
    lab: LabName = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Without the texts.")] = False,
) -> None:
    """Start a lab afresh with the same seed, as a new attempt."""
    with progress(needs_engine=True) as known:
        found = lab_named(lab, known)
        with locks.lab(found.id), speak.working(f"starting {found.id} afresh") as tell:
            made = attempts.reset(found, known, work.running(found, known), tell)
        _first_texts(found, made, quiet)


@command
def stop(
    lab: LabName = None,
    all_: Annotated[bool, typer.Option("--all", help="All labs of yours, and whatever is left of them.")] = False,
    everyone: Annotated[
        bool, typer.Option("--everyone", help="With --all: those of everybody on this engine.")
    ] = False,
) -> None:
    """Stop a lab and remove all that it made."""
    if everyone and not all_:
        raise Problem("--everyone needs --all")
    with progress(needs_engine=True) as known:
        if all_:
            if lab:
                raise Problem("either a lab or --all")
            stopped = known.attempts(status=RUNNING)
            with speak.working("stopping"):
                for made in stopped:
                    attempts.stop(known, made)
                count = sweep.all_of_everyone() if everyone else sweep.all_of_mine()
            more = f", {count} leftovers removed" if count else ""
            say(f"{len(stopped)} lab{'s' if len(stopped) != 1 else ''} stopped{more}")
            return
        meant = _running_of(lab, known) if lab else [the_one_running(known)]
        meant = meant or [work.running(lab_named(lab, known), known)]
        with locks.lab(meant[-1].lab), speak.working("stopping"):
            for made in meant:
                attempts.stop(known, made, STOPPED)
        say(f"{meant[-1].lab} is stopped; nothing of it is left")


def _running_of(name: str, known: Progress) -> list[Attempt]:
    """What runs of a lab. The lab itself is not read: one that can't be read any more is stopped all the same."""
    names = {name, str(Path(name).absolute())}
    return [made for made in known.attempts(status=RUNNING) if names & {made.lab, str(made.folder)}]


@command
def status(
    lab: Annotated[str | None, typer.Argument(metavar="LAB", help="Only this lab.")] = None, json: AsJson = False
) -> None:
    """Show what is running, and how far it is."""
    with progress() as known:
        meant = _running_of(lab, known) if lab else known.attempts(status=RUNNING)
        name = lab_named(lab, known).id if lab and not meant else ""
        rows = [_row(made, known) for made in meant]
    if json:
        say_json({"running": rows})
        return
    if not rows:
        say(f"{name} is not running" if name else "no lab is running")
        return
    made_table = table("LAB", "STEPS", "POINTS", "SINCE", "MACHINES", whole=(0, 1, 2, 3))
    for row in rows:
        since = f"{(time.time() - row['started']) / 60:.0f} min"
        machines = ", ".join(
            name if state == "running" else f"{name} ({state})" for name, state in sorted(row["machines"].items())
        )
        points = f"{row['points']}/{row['most_points']}"
        made_table.add_row(row["lab"], f"{row['steps_passed']}/{row['steps']}", points, since, machines)
    show(made_table)


def _row(made: Attempt, known: Progress) -> dict[str, Any]:
    try:
        found = lab_of(made)
        entries, most = work.scores(found, known, made), found.points
    except (Problem, InvalidLab) as error:
        warn(f"{made.lab} can't be read any more: {error}")
        entries, most = [], 0
    return {
        "lab": made.lab,
        "attempt": made.id,
        "seed": made.seed,
        "started": made.started,
        "steps_passed": sum(entry.passed for entry in entries),
        "steps": len(entries),
        "points": sum(entry.points for entry in entries),
        "most_points": most,
        "assisted": any(entry.assisted for entry in entries),
        "machines": {name: container.status for name, container in compose.containers(made).items()},
    }
