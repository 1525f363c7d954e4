"""`paddock list`: the scenarios that come with Paddock."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.markup import escape

from simulator import InvalidScenario, Scenario
from simulator.cli.console import say, say_json, show, table, warn
from simulator.scenario.document import library


def list_scenarios(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List the scenarios that come with Paddock.

    \b
      paddock list
      paddock run NAME
    """
    found = [entry for name in library() if (entry := _entry(name))]
    if json:
        say_json({"scenarios": found})
        return
    shown = table("NAME", "TITLE", "VARIANTS")
    for entry in found:
        shown.add_row(entry["name"], escape(entry["title"]), ", ".join(v["name"] for v in entry["variants"]) or "–")
    show(shown)
    if found:
        say(f"\nTry: paddock run {found[0]['name']}", style="dim")


def _entry(name: str) -> dict[str, Any] | None:
    """Name, title and variants; None with a warning when the file is broken: the others can still be seen."""
    try:
        scenario = Scenario.load(name)
    except (InvalidScenario, OSError) as error:
        warn(f"the library scenario {name!r} is broken: {str(error).splitlines()[0]}")
        return None
    return {
        "name": name,
        "title": scenario.title,
        "variants": [{"name": variant.name, "title": variant.title or variant.name} for variant in scenario.variants],
    }
