"""The words in double braces after code: what a click on it does.

KillerCoda has exec, copy and nothing (no copying); Katacoda before it had execute and open. Words after them name the
terminal (T1), the machine (HOST1), or say `interrupt` (Ctrl-C first), `no-newline` and `ctrl-seq` (a key, as in ^C).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from simulator.scenario.errors import nearest

#: What a click does. `plain` is code without annotation, `none` is `{{}}`, `unknown` a word that nobody knows.
Action = Literal["plain", "exec", "copy", "none", "open", "unknown"]

ACTIONS: dict[str, Action] = {"": "none", "exec": "exec", "execute": "exec", "copy": "copy", "open": "open"}
#: An annotation at the start of what follows the code. Braces may be miscounted: that is a mistake to be told.
ANNOTATION = re.compile(r"[ \t]*(?P<open>\{{1,3})(?P<words>[^{}`\n]*)(?P<close>\}{1,3})")
STRAY = re.compile(r"\{\{\s*(?:exec|execute|copy|open)\b[^{}\n]*\}\}")
AFTER_CODE = re.compile(r"`[ \t]*" + STRAY.pattern)
_WORDS = re.compile(r"[\w '\-]*", re.ASCII)
_OPTION = re.compile(
    r"(?i:T(?P<terminal>\d+)|HOST(?P<host>\d+)|(?P<interrupt>interrupt)|(?P<rest>no-newline|ctrl-seq))"
)


@dataclass(frozen=True)
class Annotation:
    """One annotation; `problem` says what is wrong with it."""

    action: Action = "plain"
    terminal: int | None = None
    host: int | None = None
    interrupt: bool = False
    problem: str = ""


PLAIN = Annotation()


def take(text: str) -> tuple[Annotation, str]:
    """The annotation that the text begins with, and the text after it; PLAIN when it begins with none.

    Of several in a row (`cmd`{{copy}}{{exec}}) running counts most: a click can do it.
    """
    taken = PLAIN
    while found := ANNOTATION.match(text):
        annotation = _read(found)
        if annotation is PLAIN:
            break
        if taken is PLAIN or (annotation.action == "exec" and taken.action != "unknown"):
            taken = annotation
        text = text[found.end() :]
    return taken, text


def _read(found: re.Match[str]) -> Annotation:
    words = found["words"].split()
    first = words[0] if words else ""
    braces_right = len(found["open"]) == len(found["close"]) == 2
    known = ACTIONS.get(first.lower())
    action = ACTIONS.get(first)
    problem = ""
    if action is None and known is not None and first.isupper():
        action, problem = known, f"{found[0].strip()} should be written in small letters"
    if not braces_right:
        shown = found[0].strip()
        return (
            Annotation("unknown", problem=f"{shown} should have two braces on each side") if words and known else PLAIN
        )
    if action is None:
        if not _WORDS.fullmatch(found["words"]) or len(words) > 3:
            return PLAIN  # a template of some program after code, not for us
        known_words = [word for word in ACTIONS if word]
        close = nearest(first, known_words)
        return Annotation("unknown", problem=f"unknown annotation {found[0].strip()}{close}")
    options: dict[str, str] = {}
    for word in words[1:]:
        option = _OPTION.fullmatch(word)
        if option is None:
            problem = problem or f"unknown word {word!r} in {found[0].strip()}"
        else:
            options |= {name: value for name, value in option.groupdict().items() if value}
    return Annotation(
        action,
        terminal=int(options["terminal"]) if "terminal" in options else None,
        host=int(options["host"]) if "host" in options else None,
        interrupt="interrupt" in options,
        problem=problem,
    )
