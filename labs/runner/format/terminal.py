"""A page on a terminal, where nothing can be clicked: `$` stands before the code that is to be run."""

from __future__ import annotations

import html
import re
from typing import Any

import nh3
from markdown_it.token import Token
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown
from rich.syntax import Syntax
from rich.text import Text

from labs.runner.format.pages import Block, Page

_MARGIN = 4
_FILE_NAME = re.compile(r"<pre\b[^>]*\bdata-filename=[\"']([^\"']+)", re.IGNORECASE)


class _Code(CodeBlock):
    """Code without a frame. The mark is in the margin of the first line, so that the mouse can take all after it.

    Lines are as long as they are: the terminal folds them, and a copy has them whole. Within a list, where that would
    cut them off, they are folded here.
    """

    def __init__(self, mark: str, caption: str, language: str, theme: str) -> None:
        super().__init__(language, theme)
        self.mark, self.caption = mark, caption

    @classmethod
    def create(cls, markdown: Markdown, token: Token) -> _Code:
        words = token.info.split()
        block = token.meta.get("block")
        caption = token.meta.get("file") or _where(block)
        return cls("$" if _is_run(block) else "", caption, words[0] if words else "text", markdown.code_theme)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        syntax = Syntax("", self.lexer_name, theme="ansi_dark", background_color="default", word_wrap=True)
        code = syntax.highlight(str(self.text).rstrip())
        code.rstrip()
        whole = options.max_width == console.width
        lines = code.split(allow_blank=True) if whole else code.wrap(console, max(1, options.max_width - _MARGIN))
        if self.caption:
            yield Text(f"{' ' * _MARGIN}{self.caption}:", style="dim")
        for number, line in enumerate(lines):
            margin = Text("" if number else self.mark, style="bold green")
            margin.align("right", _MARGIN - 1)
            yield Text.assemble(margin, " ", line, no_wrap=True, overflow="ignore", end="\n")


class _Heading(Heading):
    """A heading begins where its text does."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.text


class _Shown(Markdown):
    """rich's Markdown, from tokens that are parsed already."""

    elements = Markdown.elements | {"fence": _Code, "code_block": _Code, "heading_open": _Heading}

    def __init__(self, tokens: list[Token], details: bool) -> None:
        super().__init__("", hyperlinks=False)  # an address must be seen where terminals make no links
        self.tokens, self.details = tokens, details

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        without_colour = console.no_color or console.color_system is None
        self.parsed = _for_terminal(self.tokens, self.details, "`" if without_colour else "")
        yield from super().__rich_console__(console, options)


def rendered(page: Page, details: bool = False, title: str = "") -> Markdown:
    """What `console.print(..., crop=False)` takes.

    `details`: also what the author has folded away. `title`: what stands above it, so that it need not begin with it.
    """
    titled = [token.type for token in page.tokens[:1]] == ["heading_open"] and page.tokens[1].content.strip() == title
    return _Shown(page.tokens[3:] if titled else page.tokens, details)


def _is_run(block: Block | None) -> bool:
    return block is not None and block.action == "exec"


def _where(block: Block | None) -> str:
    """What is not as it is by default: another terminal, another machine, a program in the way."""
    if block is None or not _is_run(block):
        return ""
    words = [f"in terminal {block.terminal}"] if (block.terminal or 1) > 1 else []
    words += [f"on host{block.host:02d}"] if (block.host or 1) > 1 else []
    words += ["after Ctrl-C"] if block.interrupt else []
    return ", ".join(words)


def _for_terminal(tokens: list[Token], details: bool, quote: str) -> list[Token]:
    """HTML as text: rich drops it, and with it what authors wrote between the tags. `quote`: around code in a line."""
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
                text = f"{_summary(token.content)} (folded: `show --details` opens it)"
            elif folded and not details:
                text = ""
            folded = max(0, folded + opened - closed)
            if text:
                shown += _paragraph(text, token)
        elif folded and not details:
            continue
        elif token.type == "inline" and token.children:
            copy = token.copy()
            copy.children = list(_inline(token.children, quote))
            shown.append(copy)
        else:
            shown.append(token)
    return _balanced(shown)


def _inline(children: list[Token], quote: str) -> Any:
    for child in children:
        if child.type == "html_inline":
            if child.content.lower().startswith("<br"):
                yield Token("hardbreak", "br", 0)
        elif child.type == "code_inline":
            block = child.meta.get("block")
            shown = child.copy()
            shown.content = f"{quote}{'$ ' if _is_run(block) else ''}{child.content}{quote}"
            yield shown
            if where := _where(block):
                yield Token("text", "", 0, content=f" ({where})")
        else:
            yield child


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
    meta = {"file": name[1]} if name else {}
    return Token("fence", "code", 0, content=html.unescape(text).strip("\n") + "\n", block=True, meta=meta)


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
