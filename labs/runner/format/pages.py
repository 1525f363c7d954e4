"""One text of a scenario, parsed: its blocks of code in order, and its HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.backticks import backtick
from markdown_it.token import Token

from labs.runner.format import annotations
from labs.runner.format.annotations import PLAIN, Action, Annotation
from labs.runner.format.fences import STAND_IN, Fence, prepare

#: The URL of a port: called with the number of the host (from 1) and the port.
Traffic = Callable[[int, int], str]

_TRAFFIC = re.compile(r"\{\{\s*TRAFFIC_HOST(?P<host>\d+)_(?P<port>\d+)\s*\}\}")
_KATACODA_TRAFFIC = re.compile(
    r"(?:https?://)?\[\[HOST(?P<host>\d*)_SUBDOMAIN\]\]-(?P<port>\d+)-\[\[KATACODA_HOST\]\]\.environments\.katacoda\.com"
)
_TRAFFIC_WORD = re.compile(r"\{\{\s*TRAFFIC_\w*\s*\}\}")
VALUE = re.compile(r"\{\{\s*PADDOCK_(?P<name>[A-Z][A-Z0-9_]*)\s*\}\}")

#: What HTML shows as it is, or not at all: braces in it are meant to be there.
_VERBATIM = re.compile(r"<!--.*?(?:-->|\Z)|<(pre|script|style|textarea)\b.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)

#: Where lines end within a paragraph.
_BREAKS = ("softbreak", "hardbreak")

_CODE_ATTRIBUTES = {"class", "data-action", "data-terminal", "data-host", "data-interrupt"}
_TAGS = nh3.ALLOWED_TAGS | {"details", "summary", "font", "section", "u"}
_ATTRIBUTES = {
    **{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()},
    "a": {"href", "title", "target", "hreflang"},
    "img": {"src", "alt", "title", "width", "height", "align"},
    "code": _CODE_ATTRIBUTES,
    "pre": {"class", "data-filename", "data-target"},
    "details": {"open"},
    "p": {"align"},
    "div": {"align"},
    "font": {"color"},
}


@dataclass(frozen=True)
class Block:
    """One piece of code in a text, and what a click on it does. `inline`: it stands within a line."""

    action: Action
    code: str
    language: str = ""
    inline: bool = False
    terminal: int | None = None
    host: int | None = None
    interrupt: bool = False
    line: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {
            "action": self.action,
            "code": self.code,
            "language": self.language,
            "inline": self.inline,
            "terminal": self.terminal,
            "host": self.host,
            "interrupt": self.interrupt,
            "line": self.line,
        }


@dataclass
class Page:
    """A parsed text. `tokens` are those of markdown-it, with `meta["block"]` on code."""

    tokens: list[Token] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)

    def html(self) -> str:
        """Safe HTML: no scripts, no styles, no foreign attributes; code says what a click on it does."""
        return nh3.clean(
            _markdown().renderer.render(self.tokens, _markdown().options, {}),
            tags=_TAGS,
            attributes=_ATTRIBUTES,
        )


def no_traffic(host: int, port: int) -> str:
    """The address that is shown while nothing runs."""
    return f"http://host{host}:{port}"


def parse(text: str, traffic: Traffic = no_traffic, values: Mapping[str, str] | None = None) -> Page:
    """A text as its author meant it. Links to ports and values of the attempt are put in before it is parsed."""
    page = Page()
    text = _with_links(text, traffic, page.problems)
    if values is not None:
        text = VALUE.sub(lambda found: values.get(found["name"].lower(), found[0]), text)
    prepared = prepare(text)
    page.problems += prepared.problems
    tokens = _markdown().parse(prepared.text)

    def line_in_file(token: Token) -> int:
        return prepared.line_of[min(token.map[0], len(prepared.line_of) - 1)] if token.map and prepared.line_of else 0

    page.tokens = list(_with_fences(tokens, prepared.fences))
    line = 0
    for token in page.tokens:
        line = line_in_file(token) or line
        if token.type == "fence":
            block = token.meta.get("block")
            if block:
                page.blocks.append(block)
        elif token.type == "inline" and token.children:
            _annotate(token, line, page)
        elif token.type == "html_block":
            for stray in annotations.STRAY.finditer(_VERBATIM.sub("", token.content)):
                page.problems.append(
                    (line, f"{stray[0]} inside HTML is shown as text: leave a blank line before Markdown")
                )
    page.tokens = list(_with_blocks_apart(page.tokens))
    page.problems.sort()
    return page


def _with_links(text: str, traffic: Traffic, problems: list[tuple[int, str]]) -> str:
    def link(found: re.Match[str]) -> str:
        port = int(found["port"][:9])
        if not 0 < port < 65536:
            problems.append((_line(text, found), f"{found['port']} is no port"))
        return traffic(int(found["host"][:3] or 1), port)

    text = _TRAFFIC.sub(link, text).replace("{{TRAFFIC_SELECTOR}}", traffic(1, 80))
    text = _KATACODA_TRAFFIC.sub(link, text)
    for found in _TRAFFIC_WORD.finditer(text):
        problems.append((_line(text, found), f"{found[0]} should be {{{{TRAFFIC_HOST1_<port>}}}}"))
    return text


def _line(text: str, found: re.Match[str]) -> int:
    return text.count("\n", 0, found.start()) + 1


_PARSER: list[MarkdownIt] = []


def _markdown() -> MarkdownIt:
    """One parser for all: the fence and code rules of its HTML say what a click does."""
    if not _PARSER:
        parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).disable("fence")
        parser.inline.ruler.at("backticks", _code_with_lines)
        parser.add_render_rule("fence", _fence_html)
        parser.add_render_rule("code_inline", _code_html)
        _PARSER.append(parser)
    return _PARSER[0]


def _code_with_lines(state: StateInline, silent: bool) -> bool:
    """Markdown makes code within a paragraph one line; what a click runs keeps its lines, as here-documents need."""
    start, before = state.pos, len(state.tokens)
    done = backtick(state, silent)
    if done and not silent and len(state.tokens) > before and state.tokens[-1].type == "code_inline":
        token = state.tokens[-1]
        token.meta = {"raw": state.src[start : state.pos].strip("`").strip("\n")}
    return done


# --- stand-ins back to fences --------------------------------------------------------------------------


def _with_fences(tokens: list[Token], fences: list[Fence]) -> Iterator[Token]:
    """The tokens with real fences where paragraphs hold stand-ins."""
    skip = 0
    for number, token in enumerate(tokens):
        if skip:
            skip -= 1
            continue
        inner = tokens[number + 1] if number + 1 < len(tokens) else None
        if token.type == "paragraph_open" and inner and (found := STAND_IN.fullmatch(inner.content.strip())):
            yield _fence_token(fences[int(found[1])], token)
            skip = 2
        elif token.type == "code_block" and STAND_IN.search(token.content):
            yield from _split_code(token, fences)
        elif token.type in ("code_block", "html_block"):
            _restore(token, fences)
            yield from _with_annotated_lines(token)
        else:
            _restore(token, fences)
            yield token


def _split_code(token: Token, fences: list[Fence]) -> Iterator[Token]:
    """A fence so far to the right that CommonMark takes it for indented code is a fence all the same."""
    for number, part in enumerate(STAND_IN.split(token.content)):
        if number % 2:
            yield _fence_token(fences[int(part)], token)
        elif part.strip():
            plain = token.copy()
            plain.content = part.strip("\n") + "\n"
            yield plain


def _with_annotated_lines(token: Token) -> Iterator[Token]:
    """`cmd`{{exec}} far to the right or between HTML tags is there to be clicked, though CommonMark sees no code."""
    if not annotations.STRAY.search(token.content) or _VERBATIM.search(token.content):
        yield token
        return
    first = token.map[0] if token.map else 0
    lines = token.content.split("\n")
    for annotated, group in groupby(range(len(lines)), lambda n: annotations.AFTER_CODE.search(lines[n]) is not None):
        numbers = list(group)
        place = [first + numbers[0], first + numbers[-1] + 1]
        text = "\n".join(lines[number] for number in numbers)
        if annotated:
            for number in numbers:
                inline = _markdown().parseInline(lines[number].strip())[0]
                inline.map = [first + number, first + number + 1]
                yield from _paragraph(inline, hidden=token.type == "html_block")
        elif text.strip():
            yield replace(token, content=text + "\n", map=place)


def _paragraph(inline: Token, hidden: bool = False) -> tuple[Token, Token, Token]:
    return (
        Token("paragraph_open", "p", 1, map=inline.map, block=True, hidden=hidden),
        inline,
        Token("paragraph_close", "p", -1, block=True, hidden=hidden),
    )


def _fence_token(fence: Fence, at: Token) -> Token:
    language = fence.info.split()[0] if fence.info.split() else ""
    made = Token("fence", "code", 0, map=at.map, content=fence.code + "\n", info=fence.info, block=True, level=at.level)
    made.meta = {"block": _block(fence.annotation, fence.code, language=language, line=fence.line)}
    return made


def _restore(token: Token, fences: list[Fence]) -> None:
    """Where a fence is no fence (inside a comment or `<pre>`), its source comes back."""
    if "\ue000" in token.content:
        token.content = STAND_IN.sub(lambda found: fences[int(found[1])].source, token.content)
    for child in token.children or ():
        _restore(child, fences)


def _block(annotation: Annotation, code: str, language: str = "", inline: bool = False, line: int = 0) -> Block:
    return Block(
        annotation.action, code, language, inline, annotation.terminal, annotation.host, annotation.interrupt, line
    )


# --- code within lines ---------------------------------------------------------------------------------


def _annotate(token: Token, line: int, page: Page) -> None:
    """Give code within a line its annotation, and take that out of the text."""
    children = token.children or []
    for number, child in enumerate(children):
        if child.type == "softbreak":
            line += 1
        if child.type == "code_inline":
            line += str(child.meta.get("raw", "")).count("\n")
        if child.type == "text":
            for stray in annotations.STRAY.finditer(child.content):
                page.problems.append((line, f"{stray[0]} follows no code: it is shown as text"))
        if child.type != "code_inline":
            continue
        stray = annotations.STRAY.search(child.content)
        if stray and stray[0] != child.content and "`" not in child.content:
            page.problems.append((line, f"{stray[0]} is part of the code: is a backtick missing before it?"))
        annotation = PLAIN
        following = children[number + 1] if number + 1 < len(children) else None
        if following is not None and following.type == "text":
            annotation, following.content = annotations.take(following.content)
        if annotation.problem:
            page.problems.append((line, annotation.problem))
        raw = child.meta.get("raw", "")
        block = _block(annotation, raw if "\n" in raw else child.content, inline=True, line=line)
        child.meta = {"block": block}
        page.blocks.append(block)


def _with_blocks_apart(tokens: list[Token]) -> Iterator[Token]:
    """Lines of code to be run stand apart, though Markdown has them within a paragraph, where they run together."""
    skip = False
    for number, token in enumerate(tokens):
        inner = tokens[number + 1] if number + 1 < len(tokens) else None
        children = (inner.children if inner else None) or []
        apart = [_stands_apart(children, n) for n in range(len(children))]
        if skip:
            skip = token.type != "paragraph_close"
        elif inner and token.type == "paragraph_open" and any(apart):
            for is_code, group in groupby(range(len(children)), apart.__getitem__):
                part = [children[n] for n in group]
                if is_code:
                    yield from (_code_token(child, inner) for child in part)
                elif part := _without_breaks_around(part):
                    part[0].content = part[0].content.lstrip()
                    yield from _paragraph(replace(inner, children=part), token.hidden)
            skip = True
        else:
            yield token


def _stands_apart(children: list[Token], number: int) -> bool:
    """Code with an annotation that has several lines and begins one, or is to be run and is all of its line."""
    child = children[number]
    block = child.meta.get("block") if child.type == "code_inline" and child.level == 0 else None
    begins = number == 0 or children[number - 1].type in _BREAKS
    if block is None or not begins:
        return False
    following = next((other.type for other in children[number + 1 :] if other.type != "text" or other.content), None)
    alone = following is None or following in _BREAKS
    return block.action != "plain" and "\n" in block.code or block.action == "exec" and alone


def _without_breaks_around(part: list[Token]) -> list[Token]:
    """What stands between blocks of code, without the ends of lines that were theirs."""
    kept = [n for n, child in enumerate(part) if child.type not in _BREAKS and (child.content.strip() or child.tag)]
    return part[kept[0] : kept[-1] + 1] if kept else []


def _code_token(child: Token, at: Token) -> Token:
    block = child.meta["block"]
    return Token("fence", "code", 0, map=at.map, content=block.code + "\n", block=True, meta={"block": block})


# --- HTML ----------------------------------------------------------------------------------------------


def _fence_html(renderer: Any, tokens: list[Token], number: int, options: Any, env: Any) -> str:
    token = tokens[number]
    block = token.meta.get("block")
    language = f"language-{block.language} " if block and block.language else ""
    return f"<pre><code{_code_attributes(block, language)}>{html.escape(token.content)}</code></pre>\n"


def _code_html(renderer: Any, tokens: list[Token], number: int, options: Any, env: Any) -> str:
    token = tokens[number]
    return f"<code{_code_attributes(token.meta.get('block'), '')}>{html.escape(token.content)}</code>"


def _code_attributes(block: Block | None, language: str) -> str:
    if block is None:
        return ""
    said = {
        "class": (language + (block.action if block.action not in ("plain", "unknown") else "")).strip(),
        "data-action": block.action,
        "data-terminal": block.terminal,
        "data-host": block.host,
        "data-interrupt": "true" if block.interrupt else None,
    }
    return "".join(f' {name}="{html.escape(str(value))}"' for name, value in said.items() if value)
