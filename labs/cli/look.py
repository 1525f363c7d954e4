"""`list` and `show`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

import typer

from labs.cli import speak
from labs.cli.entry import broken, command, lab_and_word, progress
from labs.runner import work
from labs.runner.format import InvalidLab
from labs.runner.format.scenario import Leaf
from labs.runner.lab import Lab, catalogue
from labs.runner.running import plain
from labs.runner.store import score
from labs.runner.store.progress import RUNNING, Attempt, Progress
from simulator.cli.console import Problem, out, say, say_json, show, table, warn

#: A terminal of so many columns has room for the levels too.
WIDE = 80


@command
def list_labs(json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List the labs: what there is to do, and what is running."""
    with progress() as known:
        running = {attempt.lab for attempt in known.attempts(status=RUNNING)}
        rows = []
        for lab in catalogue.labs():
            if isinstance(lab, InvalidLab):
                warn(f"{lab.id}: {broken(lab).message}")  # type: ignore[attr-defined]
                continue
            rows.append(
                {
                    "id": lab.id,
                    "title": lab.scenario.title,
                    "minutes": lab.spec.minutes if lab.spec else None,
                    "difficulty": lab.spec.difficulty if lab.spec else None,
                    "steps": len(lab.steps),
                    "points": lab.points,
                    "mirrors": lab.spec.mirrors if lab.spec else None,
                    "running": lab.id in running,
                    "folder": str(lab.folder),
                }
            )
    if json:
        say_json({"labs": rows})
        return
    columns = 5 if out().width >= WIDE else 4
    made = table(*("LAB", "TITLE", "MIN", "STATE", "LEVEL")[:columns], right=(2,), whole=(0, 3, 4))
    for row in rows:
        state = "running" if row["running"] else ""
        told = (row["id"], row["title"], str(row["minutes"] or ""), state, row["difficulty"] or "")
        made.add_row(*told[:columns])
    show(made)
    if not rows:
        say("There are no labs here; `paddock lab import DIR` takes in public ones.")


@command
def show_lab(
    lab: Annotated[
        str | None,
        typer.Argument(metavar="LAB", help="A lab, or the folder of a scenario; without one, the one that is running."),
    ] = None,
    page: Annotated[
        str | None,
        typer.Argument(
            metavar="PAGE",
            help="intro, the number of a step, finish, or all; default: where you are, while the lab is running.",
        ),
    ] = None,
    details: Annotated[bool, typer.Option("--details", help="Also what the author has folded away.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Pages, code blocks and notices as JSON.")] = False,
    html: Annotated[bool, typer.Option("--html", help="With --json: pages as sanitised HTML too.")] = False,
) -> None:
    """Show a lab's texts. Works for any KillerCoda or Katacoda folder."""
    if html and not json:
        raise Problem("--html needs --json")
    with progress() as known:
        found, page = lab_and_word(lab, page, known, _pages)
        attempt = known.running(found.id)
        pages = _pages(found)
        if page is None:
            page = "all" if json or attempt is None else _here(found, known, attempt, pages)
    if page not in pages:
        raise Problem(f"{found.id} has no page {page!r}", hint=f"It has {', '.join(pages)}.")
    leaves = pages[page]
    if json:
        say_json(found.scenario.as_dict(html) | {"pages": [leaf.as_dict(html) for leaf in leaves]})
        return
    if page == "all":
        _about(found)
    for number, leaf in enumerate(leaves):
        if number or page == "all":
            say()
        speak.page(found, leaf, attempt, details)
    shown = {leaf.file for leaf in leaves}
    speak.notices(notice for notice in found.notices if page == "all" or notice.file in shown)


def _pages(lab: Lab) -> dict[str, list[Leaf]]:
    """What may be asked for, and what is shown then."""
    leaves = lab.scenario.pages
    return {str(leaf.number) if leaf.kind == "step" else leaf.kind: [leaf] for leaf in leaves} | {"all": leaves}


def _here(lab: Lab, known: Progress, attempt: Attempt, pages: Collection[str]) -> str:
    """The step that has not been passed; after the last one the end."""
    step = score.current_step(work.scores(lab, known, attempt))
    page = str(step) if step <= len(lab.steps) else "finish"
    return page if page in pages else "all"


def _about(lab: Lab) -> None:
    say(lab.scenario.title, style="bold")
    if lab.scenario.index.description:
        speak.folded(lab.scenario.index.description)
    if lab.spec:
        say(f"{lab.spec.minutes} minutes, {lab.spec.difficulty}, {lab.points} points")
        say("\nWhat you learn:")
        for objective in lab.spec.objectives:
            speak.point(objective)
        if lab.spec.stand_ins:
            say("\nWhat stands in for something, and how it differs:")
        for stand_in in lab.spec.stand_ins:
            speak.point(f"{stand_in.real}: here {stand_in.ours}")
            for difference in stand_in.differences:
                speak.point(difference, 2)
    elif not plain.stands_in(lab):
        speak.folded(f"Made for the KillerCoda machine {lab.scenario.image!r}: it can be read here, but not started.")
    elif lacking := plain.absent(lab):
        speak.folded(lacking)
