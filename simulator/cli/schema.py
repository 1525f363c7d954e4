"""`paddock schema`: the JSON Schema of a scenario file, for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.cli import files
from simulator.cli.console import as_json, say


def schema(
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it there instead of printing it.")] = None,
) -> None:
    """Print the JSON Schema of a scenario file, for editors.

    With it an editor completes the keys of a scenario, shows what they mean and underlines what is wrong.

    \b
      paddock schema --out scenario.schema.json
      # yaml-language-server: $schema=scenario.schema.json     (first line of the scenario)
    """
    from simulator.scenario.schema import json_schema

    text = as_json(json_schema())
    if out is None:
        print(text, end="")
        return
    files.write(out, text)
    say(f"Wrote {out}. First line of a scenario, for editors:")
    say(f"# yaml-language-server: $schema={out}")
