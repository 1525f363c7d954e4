"""`paddock validate`: every mistake of some scenario files, each with its place."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from simulator import InvalidScenario, Scenario
from simulator.cli import scenarios
from simulator.cli.console import USAGE, Problem, say, say_json


def validate(
    scenario: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="Scenario files, names of the library, or - for standard input.",
            autocompletion=scenarios.names,
        ),
    ],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Check scenario files, and say where each mistake is.

    A mistake is a line: FILE:LINE:COLUMN: PATH: what is wrong. The exit code is 2 if there is any.

    \b
      paddock validate my-fleet.yaml
      paddock validate scenarios/*.yaml --json
    """
    found = [_look_at(where) for where in scenario]
    if json:
        say_json({"files": found})
    else:
        for item in found:
            _show(item)
    if not all(item["valid"] for item in found):
        raise typer.Exit(USAGE)


def _look_at(where: str) -> dict[str, Any]:
    try:
        return {"file": where, "valid": True, **_size(scenarios.load(where)), "mistakes": []}
    except InvalidScenario as error:
        mistakes = [{"path": m.path, "line": m.line, "column": m.column, "message": m.message} for m in error.mistakes]
    except Problem as problem:  # the other files are looked at all the same
        message = problem.message.removeprefix(f"{where}: ").removeprefix(f"{where} ")
        mistakes = [{"path": "", "line": None, "column": None, "message": message}]
    return {"file": where, "valid": False, "mistakes": mistakes}


def _size(scenario: Scenario) -> dict[str, Any]:
    from simulator.scenario.check import typical

    fleet = scenario.spec.fleet
    return {
        "clusters": sum(entry.clusters for entry in fleet),
        "nodes": round(sum(entry.clusters * typical(pool.nodes) for entry in fleet for pool in entry.pools)),
        "exact": all(isinstance(pool.nodes, int) for entry in fleet for pool in entry.pools),
        "variants": [variant.name for variant in scenario.variants],
    }


def _show(item: dict[str, Any]) -> None:
    if item["valid"]:
        nodes = ("" if item["exact"] else "about ") + _plural(item["nodes"], "node")
        say(
            f"{item['file']}: valid ({_plural(item['clusters'], 'cluster')}, {nodes}, "
            f"{_plural(len(item['variants']), 'variant')})"
        )
    for mistake in item["mistakes"]:
        place = f":{mistake['line']}:{mistake['column']}" if mistake["line"] else ""
        path = f" {mistake['path']}:" if mistake["path"] else ""
        say(f"{item['file']}{place}:{path} {mistake['message']}")


def _plural(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
