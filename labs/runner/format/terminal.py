"""A page on a terminal: rich shows the Markdown, and code says what may be done with it."""

from __future__ import annotations

import html
import re
from typing import Any

import nh3
from markdown_it.token import Token
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Markdown
from rich.padding import Padding
from rich.syntax import Syntax
from rich.text import Text

from labs.runner.format.pages import Block, Page

_SIGNS = {"exec": "▶ run", "copy": "⧉ copy", "open": "✎ edit"}
_FILE_NAME = re.compile(r"<pre\b[^>]*\bdata-filename=[\"']([^\"']+)", re.IGNORECASE)


class _Code(CodeBlock):
    """Code as it is, to be copied from the terminal: no line numbers, no frame; a sign says what it is for."""

    def __init__(self, sign: str, language: str, theme: str) -> None:
        super().__init__(language, theme)
        self.sign = sign

    @classmethod
    def create(cls, markdown: Markdown, token: Token) -> _Code:
        words = token.info.split()
        sign = token.meta.get("sign") or _sign(token.meta.get("block"))
        return cls(sign, words[0] if words else "text", markdown.code_theme)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = str(self.text).rstrip()
        syntax = Syntax(code, self.lexer_name, theme="ansi_dark", background_color="default", word_wrap=True)
        yield Padding(syntax, (0, 0, 0, 4))
        if self.sign:
            yield Text(f"    {self.sign}", style="dim")


class _Shown(Markdown):
    """rich's Markdown, from tokens that are parsed already."""

    elements = Markdown.elements | {"fence": _Code, "code_block": _Code}

    def __init__(self, tokens: list[Token]) -> None:
        super().__init__("", hyperlinks=False)  # an address must be seen where terminals make no links
        self.parsed = tokens


def rendered(page: Page, details: bool = False) -> Markdown:
    """What `console.print` takes. `details`: also what the author has folded away."""
    return _Shown(_for_terminal(page.tokens, details))


def _sign(block: Block | None, inline: bool = False) -> str:
    if block is None or block.action not in _SIGNS:
        return ""
    sign = _SIGNS[block.action]
    where = f" in terminal {block.terminal}" if block.terminal else ""
    where += f" on host{block.host:02d}" if block.host else ""
    where += " after Ctrl-C" if block.interrupt else ""
    return (sign[0] if inline and not where else sign) + where


def _for_terminal(tokens: list[Token], details: bool) -> list[Token]:
    """HTML as text: rich drops it, and with it what authors wrote between the tags."""
    shown: list[Token] = []
    folded = 0
    for token in tokens:
        if token.type == "html_block":
            opened, closed = _count(token.content, "<details"), _count(token.content, "</details")
            text = _plain(token.content)
            if token.content.lstrip().lower().startswith("<pre") and not folded:
                shown.append(_preformatted(token))
                continue
            if opened and not details:
                text = f"{_summary(token.content)} (folded: --details shows it)"
            elif folded and not details:
                text = ""
            folded = max(0, folded + opened - closed)
            if text:
                shown += _paragraph(text, token)
        elif folded and not details:
            continue
        elif token.type == "inline" and token.children:
            copy = token.copy()
            copy.children = list(_inline(token.children))
            shown.append(copy)
        else:
            shown.append(token)
    return _balanced(shown)


def _inline(children: list[Token]) -> Any:
    for child in children:
        if child.type == "html_inline":
            if child.content.lower().startswith("<br"):
                yield Token("hardbreak", "br", 0)
            continue
        yield child
        block = child.meta.get("block") if child.type == "code_inline" else None
        if sign := _sign(block, inline=True):
            yield Token("text", "", 0, content=f" {sign}" if len(sign) == 1 else f" ({sign})")


def _count(text: str, tag: str) -> int:
    return text.lower().count(tag)


def _summary(text: str) -> str:
    lowered = text.lower()
    start, end = lowered.find("<summary"), lowered.find("</summary")
    return "▸ " + (_plain(text[start : end if end >= 0 else None]) if start >= 0 else "details")


def _plain(text: str) -> str:
    return html.unescape(nh3.clean(text, tags=set(), attributes={})).strip()


def _preformatted(token: Token) -> Token:
    """`<pre>` keeps its lines; with Katacoda's `data-filename` it is the content of a file."""
    name = _FILE_NAME.search(token.content)
    text = nh3.clean(token.content, tags=set(), attributes={})
    sign = f"{_SIGNS['copy']} to {name[1]}" if name else ""
    return Token("fence", "code", 0, content=html.unescape(text).strip("\n") + "\n", block=True, meta={"sign": sign})


def _paragraph(text: str, at: Token) -> list[Token]:
    inline = Token("inline", "", 0, content=text, children=[Token("text", "", 0, content=text)], map=at.map)
    return [Token("paragraph_open", "p", 1, block=True), inline, Token("paragraph_close", "p", -1, block=True)]


def _balanced(tokens: list[Token]) -> list[Token]:
    """Folding may cut a list in two: what was opened is closed, and what was not is not."""
    open_types: list[str] = []
    kept = []
    for token in tokens:
        if token.nesting == 1:
            open_types.append(token.type)
        elif token.nesting == -1:
            wanted = token.type.replace("_close", "_open")
            if wanted not in open_types:
                continue
            while open_types and open_types[-1] != wanted:
                last = open_types.pop()
                kept.append(Token(last.replace("_open", "_close"), "", -1, block=True))
            open_types.pop()
        kept.append(token)
    kept += [Token(name.replace("_open", "_close"), "", -1, block=True) for name in reversed(open_types)]
    return kept
