"""The pass before Markdown is parsed: fenced code the way authors write it.

CommonMark lets nothing but spaces follow a closing fence, so it takes "```{{exec}}" for code and everything after it
too. It also ends a fence where its list item ends, and sees none inside an HTML block. So fences are found here, line
by line, and a word of our own stands in for each while the rest is parsed; a blank line on each side keeps the rest
apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from labs.runner.format.annotations import PLAIN, STRAY, Annotation, take

_PREFIX = r"(?P<prefix>(?:[ \t]*>)*)(?P<indent>[ \t]*)"
_OPEN = re.compile(_PREFIX + r"(?P<bullet>(?:[-*+]|\d{1,9}[.)])[ \t]+)?(?P<mark>`{3,}|~{3,})(?P<info>.*)")
_CLOSE = re.compile(r"[ \t]*(?:>[ \t]*)*(?P<mark>`{3,}|~{3,})[ \t]*(?P<rest>.*)")
_CLOSE_IN_LINE = re.compile(r"(?P<code>.*[^`])(?P<mark>`{3,})(?P<rest>[ \t]*\{\{.*)")
_LANGUAGE = re.compile(r"[\w.+#-]*")
#: One or two backticks that stand where a fence would: with a mark alone on a line above, what is between is code.
_LONE = re.compile(r"(?P<before>[ \t>]*)(?P<mark>`{1,2})(?!`)(?P<rest>.*)")
#: Private-use letters, which Markdown leaves alone; in the text itself they become question marks.
STAND_IN = re.compile("\ue000(\\d+)\ue001")
_NOT_OURS = {0xE000: "\ufffd", 0xE001: "\ufffd"}


@dataclass
class Fence:
    """Fenced code: what it holds, and what stands after its opening and closing marks."""

    info: str
    code: str
    annotation: Annotation
    line: int
    source: str


@dataclass
class Prepared:
    """A text with a stand-in for each fence; `line_of[n]` is the line in the file that line n came from."""

    text: str = ""
    fences: list[Fence] = field(default_factory=list)
    line_of: list[int] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)


def prepare(text: str) -> Prepared:
    """Find the fences of a text and put stand-ins in their places."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").translate(_NOT_OURS).split("\n")
    _widen(lines)
    made = Prepared()
    out: list[str] = []

    def emit(line: str, number: int) -> None:
        out.append(line)
        made.line_of.append(number)

    at = 0
    while at < len(lines):
        opening = _opening(lines, at)
        if opening is None:
            emit(lines[at], at + 1)
            at += 1
            continue
        fence, end, after = _read_fence(lines, at, opening, made.problems)
        made.fences.append(fence)
        prefix, bullet = opening["prefix"], opening["bullet"] or ""
        if not bullet:
            emit(prefix, at + 1)
        emit(f"{prefix}{opening['indent']}{bullet}\ue000{len(made.fences) - 1}\ue001", at + 1)
        emit(prefix, end)
        if after.strip():
            emit(f"{prefix}{opening['indent']}{' ' * len(bullet)}{after.strip()}", end)
        at = end
    made.text = "\n".join(out)
    return made


def _widen(lines: list[str]) -> None:
    """A backtick alone above code, and `{{exec}} below it: fences, so that what is between may look like Markdown."""
    for number, line in enumerate(lines):
        start = _LONE.fullmatch(line)
        if start is None or start["rest"].strip():
            continue
        last = next((n for n in range(number + 1, len(lines)) if "```" in lines[n] or _LONE.fullmatch(lines[n])), None)
        end = _LONE.fullmatch(lines[last]) if last is not None else None
        if last is None or end is None or end["mark"] != start["mark"] or take(end["rest"])[0] is PLAIN:
            continue
        lines[number] = start["before"] + "```"
        lines[last] = end["before"] + "```" + end["rest"]


def _opening(lines: list[str], at: int) -> re.Match[str] | None:
    found = _OPEN.fullmatch(lines[at])
    if found is None or (found["mark"][0] == "`" and "`" in found["info"]):
        return None  # with a backtick after it, it is code inside a line: ```ls```{{exec}}
    annotation, after = take(found["info"])
    if annotation is not PLAIN and _paragraph_has_open_mark(lines, at):
        return None  # the end of code that began inside a line: "Run ```ls" ... "```{{exec}}"
    if annotation is not PLAIN and not after.strip() and not _closes_later(lines, at, found["mark"][0]):
        return None  # a close without its opening
    return found


def _closes_later(lines: list[str], at: int, letter: str) -> bool:
    """The next fence of this kind could be a closing one."""
    for line in lines[at + 1 :]:
        closing = _CLOSE.fullmatch(line)
        if closing and closing["mark"][0] == letter:
            return not closing["rest"].strip() or take(closing["rest"])[0] is not PLAIN
    return False


def _paragraph_has_open_mark(lines: list[str], at: int) -> bool:
    marks = 0
    for line in reversed(lines[:at]):
        if not line.strip() or _OPEN.fullmatch(line):
            break
        marks += line.count("```")
    return marks % 2 == 1


def _read_fence(
    lines: list[str], start: int, opening: re.Match[str], problems: list[tuple[int, str]]
) -> tuple[Fence, int, str]:
    """The fence, the number of lines up to its end, and the text after its annotation."""
    mark = opening["mark"]
    annotation, info = take(_annotation_of(opening["info"]))
    info = opening["info"] if annotation is PLAIN else opening["info"][: opening["info"].find("{")] + info
    if annotation is not PLAIN:
        problems.append((start + 1, "an annotation belongs after the closing fence; read as if it stood there"))
    _tell(annotation, start + 1, problems)
    width = len(opening["indent"]) + len(opening["bullet"] or "")
    depth = opening["prefix"].count(">")
    code: list[str] = []
    end, after, inner, shorter_open, in_line = len(lines), "", 0, False, False
    for number in range(start + 1, len(lines)):
        line = lines[number]
        closing = _CLOSE.fullmatch(line)
        if closing is None or closing["mark"][0] != mark[0]:
            closing = _CLOSE_IN_LINE.fullmatch(line) if mark[0] == "`" and line.count("```") == 1 else None
            if closing is None or take(closing["rest"])[0] is PLAIN:
                code.append(_dedent(line, width, depth))
                continue
            code.append(_dedent(closing["code"], width, depth))
            problems.append((number + 1, "a closing fence belongs on a line of its own"))
            in_line = True
        elif len(closing["mark"]) < len(mark):
            if shorter_open or take(closing["rest"])[0] is PLAIN:
                shorter_open = not shorter_open
                code.append(_dedent(line, width, depth))
                continue
            problems.append((number + 1, "a closing fence is as long as its opening fence"))
        closed, after = take(closing["rest"])
        if closing["rest"].strip() and closed is PLAIN:  # an opening fence inside a fence is code, by CommonMark
            code.append(_dedent(line, width, depth))
            inner = inner or number + 1
            after = ""
            continue
        end = number + 1
        if closed is annotation is PLAIN and (closed := _alone(lines, end)) is not PLAIN:
            end += 1
            said = lines[end - 1].strip("> \t")
            problems.append((end, f"{said} belongs on the line of the closing fence; read as if it stood there"))
        _tell(closed, end, problems)
        annotation = closed if closed is not PLAIN else annotation
        break
    else:
        problems.append((start + 1, "this fence is never closed: all the rest is code"))
    if not _LANGUAGE.fullmatch(info.strip()) and (in_line or not any(code)):
        info, code = "", [info.strip(), *code]  # code that began right after the opening mark
    if annotation is PLAIN:
        _tell_strays(lines[start + 1 : end], start + 2, problems)
    if inner:
        problems.append((inner, "a fence opens inside a fence: is the one before it closed?"))
    source = "\n".join(lines[start:end])
    return Fence(info.strip(), "\n".join(code), annotation, start + 1, source), end, after


def _alone(lines: list[str], at: int) -> Annotation:
    """The annotation that is all of a line."""
    found, rest = take(lines[at].lstrip("> \t")) if at < len(lines) else (PLAIN, "")
    return PLAIN if rest.strip() or found.action == "unknown" else found


def _tell_strays(code: list[str], first: int, problems: list[tuple[int, str]]) -> None:
    """An annotation within plain code does nothing, unless the code is about Markdown and has backticks itself."""
    for number, line in enumerate(code, first):
        if "`" not in line and (stray := STRAY.search(line)):
            problems.append((number, f"{stray[0]} is part of the code: it belongs after the closing fence"))


def _annotation_of(info: str) -> str:
    """What stands from the first brace on: after an opening fence a language may come before it."""
    brace = info.find("{{")
    return info[brace:] if brace >= 0 else ""


def _tell(annotation: Annotation, line: int, problems: list[tuple[int, str]]) -> None:
    if annotation.problem:
        problems.append((line, annotation.problem))


def _dedent(line: str, width: int, depth: int) -> str:
    """A line of code without the quote marks and the indentation of its fence."""
    for _ in range(depth):
        stripped = line.lstrip(" \t")
        if not stripped.startswith(">"):
            break
        line = stripped[1:].removeprefix(" ") if width == 0 else stripped[1:]
    taken = 0
    while taken < width and line[:1] in (" ", "\t"):
        line, taken = line[1:], taken + 1
    return line
