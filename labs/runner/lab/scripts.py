"""Bash in parts: `#@ PLACE` says where the lines after it run, `#@ engine ACTION MACHINE` acts on a machine.

In a trap `#@ solution` stands for all that the step's solution does, and what follows `#@ undo` brings the machines
back to what they were before the trap.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from labs.runner.format.notices import InvalidLab, Notice

#: What can be done to a machine from outside, as a hand at the rack could.
ACTIONS = ("stop", "start", "kill", "restart", "pause", "unpause", "disconnect", "connect", "replace")
CHECKER = "checker"
SOLUTION, UNDO = "solution", "undo"

_DIRECTIVE = re.compile(r"#@(?P<words>.*)")


@dataclass(frozen=True)
class Shell:
    """Lines of bash on a machine, or in a checker container."""

    place: str
    text: str
    where: str  # file and line


@dataclass(frozen=True)
class Action:
    """Something done to a machine from outside."""

    action: str
    machine: str


@dataclass(frozen=True)
class Solution:
    """All that the step's solution does."""


Part = Shell | Action | Solution


def split(text: str, name: str, machine: str, machines: set[str]) -> list[Part]:
    """The parts of a script. Line numbers in bash's own messages stay those of the file.

    Raises:
        InvalidLab: a directive that nobody understands.
    """
    parts: list[Part] = []
    place, lines, start = machine, [], 1

    def finish() -> None:
        if any(line.strip() and not line.strip().startswith("#") for line in lines):
            parts.append(Shell(place, "\n" * (start - 1) + "\n".join(lines) + "\n", f"{name}:{start}"))

    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        found = _DIRECTIVE.fullmatch(line.strip())
        if found is None:
            lines.append(line)
            continue
        finish()
        lines, start = [], number + 1
        words = found["words"].split()
        problem = _problem(words, machines)
        if problem:
            raise InvalidLab(Notice(name, number, f"{line.strip()!r}: {problem}", "error"))
        if words[0] == "engine":
            parts.append(Action(words[1], words[2]))
        elif words[0] == SOLUTION:
            parts.append(Solution())
        place = words[0] if words[0] in machines | {CHECKER} else machine
    finish()
    return parts


def _problem(words: list[str], machines: set[str]) -> str:
    known = ", ".join(sorted(machines))
    if words[:1] == ["engine"]:
        if len(words) != 3:
            return "write `#@ engine ACTION MACHINE`"
        if words[1] not in ACTIONS:
            return f"unknown action; known: {', '.join(ACTIONS)}"
        return "" if words[2] in machines else f"no such machine; known: {known}"
    if len(words) != 1:
        return "write `#@ MACHINE`, `#@ checker`, `#@ engine ACTION MACHINE` or, in a trap, `#@ solution`"
    return "" if words[0] in machines | {CHECKER, SOLUTION} else f"no such machine; known: {known}"


def undo(text: str) -> tuple[str, str | None]:
    """A trap and what undoes it, None where nothing does. Line numbers stay those of the file."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        found = _DIRECTIVE.fullmatch(line.strip())
        if found and found["words"].split() == [UNDO]:
            return "\n".join(lines[:number]) + "\n", "\n" * (number + 1) + "\n".join(lines[number + 1 :])
    return text, None
