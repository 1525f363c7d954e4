"""Bash in parts: `#@ PLACE` says where the lines after it run, `#@ engine ACTION MACHINE` acts on a machine."""

from __future__ import annotations

import re
from dataclasses import dataclass

from labs.runner.format.notices import InvalidLab, Notice

#: What can be done to a machine from outside, as a hand at the rack could.
ACTIONS = ("stop", "start", "kill", "restart", "pause", "unpause", "disconnect", "connect", "replace")
CHECKER = "checker"

_DIRECTIVE = re.compile(r"#@(?P<words>.*)")


@dataclass(frozen=True)
class Shell:
    """Lines of bash on a machine, or in a checker container."""

    place: str
    text: str
    line: int


@dataclass(frozen=True)
class Action:
    """Something done to a machine from outside."""

    action: str
    machine: str
    line: int


Part = Shell | Action


def split(text: str, name: str, machine: str, machines: set[str]) -> list[Part]:
    """The parts of a script. Line numbers in bash's own messages stay those of the file.

    Raises:
        InvalidLab: a directive that nobody understands.
    """
    parts: list[Part] = []
    place, lines, start = machine, [], 1

    def finish() -> None:
        if any(line.strip() and not line.strip().startswith("#") for line in lines):
            parts.append(Shell(place, "\n" * (start - 1) + "\n".join(lines) + "\n", start))

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
            parts.append(Action(words[1], words[2], number))
            place = machine
        else:
            place = words[0]
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
        return "write `#@ MACHINE`, `#@ checker` or `#@ engine ACTION MACHINE`"
    return "" if words[0] in machines | {CHECKER} else f"no such machine; known: {known}"


def harmless(text: str) -> bool:
    """Whether a trap says in its first lines that it leaves the machines as they were."""
    return any(line.strip() == "# harmless" for line in text.splitlines()[:5])
