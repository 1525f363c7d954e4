"""`list` and `show`."""

from __future__ import annotations

from typing import Annotated

import typer

from labs.cli import speak
from labs.cli.entry import broken, command, lab_named, progress
from labs.runner.format import InvalidLab
from labs.runner.lab import catalogue
from labs.runner.running import plain
from labs.runner.store.progress import RUNNING
from simulator.cli.console import Problem, say, say_json, show, table, warn


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
    made = table("LAB", "TITLE", "MINUTES", "STEPS", "DIFFICULTY", "STATE", right=(2, 3))
    for row in rows:
        state = "running" if row["running"] else ""
        made.add_row(
            row["id"], row["title"], str(row["minutes"] or ""), str(row["steps"]), row["difficulty"] or "", state
        )
    show(made)
    if not rows:
        say("There are no labs here; `paddock lab import DIR` takes in public ones.")


@command
def show_lab(
    lab: Annotated[str | None, typer.Argument(help="A lab, or the folder of a scenario.")] = None,
    step: Annotated[int | None, typer.Option(help="Only this step.")] = None,
    details: Annotated[bool, typer.Option("--details", help="Also what the author has folded away.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Pages, code blocks and notices as JSON.")] = False,
    html: Annotated[bool, typer.Option("--html", help="With --json: pages as sanitised HTML too.")] = False,
) -> None:
    """Show a lab's texts. Works for any KillerCoda or Katacoda folder."""
    with progress() as known:
        found = lab_named(lab, known)
        attempt = known.running(found.id)
    if json:
        say_json(found.scenario.as_dict(html))
        return
    leaves = found.scenario.pages
    if step is not None:
        leaves = [leaf for leaf in leaves if leaf.kind == "step" and leaf.number == step]
        if not leaves:
            raise Problem(f"{found.id} has steps 1 to {len(found.steps)}, not {step}")
    else:
        say(found.scenario.title, style="bold")
        if found.scenario.index.description:
            say(found.scenario.index.description)
        if found.spec:
            say(f"{found.spec.minutes} minutes, {found.spec.difficulty}, {found.points} points")
            for objective in found.spec.objectives:
                say(f"  - {objective}")
            for stand_in in found.spec.stand_ins:
                say(f"  {stand_in.ours} stands in for {stand_in.real}: {'; '.join(stand_in.differences)}")
        elif not plain.stands_in(found):
            say(f"Made for the KillerCoda machine {found.scenario.image!r}: it can be read here, but not started.")
        elif lacking := plain.absent(found):
            say(lacking)
    for leaf in leaves:
        if step is None:
            say()
            say(f"— {leaf.title} —", style="bold")
        speak.page(found, leaf, attempt if attempt and not found.plain else None, details)
    for notice in found.notices:
        if notice.level != "notice":
            warn(str(notice))
