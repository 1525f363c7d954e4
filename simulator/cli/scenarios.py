"""A scenario as the command line names it: of the library, a file, or `-` for standard input."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from simulator import InvalidScenario, Mistake, Scenario
from simulator.cli.console import Problem
from simulator.scenario.document import library


def load(where: str, variant: str | None = None, settings: Sequence[str] = ()) -> Scenario:
    """The scenario, or one of its variants, with other values at some paths (`PATH=VALUE`).

    Raises:
        Problem: there is none of this name, or no such path.
        InvalidScenario: it can't be run; every mistake has its place.
    """
    try:
        scenario = _from_standard_input() if where == "-" else Scenario.load(where)
    except FileNotFoundError as error:
        raise Problem(str(error), hint="`paddock list` shows the library.") from None
    except OSError as error:
        raise Problem(f"{where} can't be read: {(error.strerror or str(error)).lower()}") from None
    return with_settings(variant_of(scenario, where, variant), settings)


def variant_of(scenario: Scenario, where: str, variant: str | None) -> Scenario:
    """A variant of a scenario, or the scenario itself. Raises Problem."""
    if variant is None:
        return scenario
    try:
        return scenario.variant(variant)
    except KeyError as error:
        hint = "" if scenario.variants else f"{where} has no variants."
        raise Problem(f"{where}: {error.args[0]}", hint=hint) from None


def with_settings(scenario: Scenario, settings: Sequence[str]) -> Scenario:
    """A scenario with other values at some paths. Raises Problem where a path leads nowhere."""
    if not settings:
        return scenario
    from simulator.scenario.paths import UnknownPath, replaced, values_from

    try:
        return replaced(scenario, values_from(settings))
    except UnknownPath as error:
        raise Problem(str(error), hint="`paddock explain scenario.PATH` shows the fields.") from None


def _from_standard_input() -> Scenario:
    try:
        text = sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidScenario([Mistake("", f"not YAML: not UTF-8 text (byte {error.start})", 1, 1)], "stdin") from None
    return Scenario.parse(text, "stdin")


def names(incomplete: str = "") -> list[str]:
    """Names of the library, for completion in the shell."""
    return [name for name in library() if name.startswith(incomplete)]
