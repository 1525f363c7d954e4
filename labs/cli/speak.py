"""How labs speak: texts on the terminal, verdicts, progress of long work."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from labs.runner import work
from labs.runner.checks.inside.judging import contrast
from labs.runner.checks.verdict import Verdict
from labs.runner.format import Notice, pages, terminal
from labs.runner.format.scenario import Leaf
from labs.runner.lab import Lab
from labs.runner.store.progress import Attempt
from simulator.cli.console import err, out, say, show

Tell = Callable[[str], None]
_SIGNS = {"pass": ("passed", "bold green"), "fail": ("not yet", "bold yellow"), "error": ("no verdict", "bold red")}


@contextmanager
def working(text: str) -> Iterator[Callable[[str], None]]:
    """A moving line for long work; in a file or a pipe only what begins is told."""
    console = err()
    if not console.is_terminal:
        told: set[str] = set()

        def tell(line: str) -> None:
            begins = line.partition(": ")[0]
            if begins not in told:
                told.add(begins)
                console.print(f"{begins} ...", markup=False, soft_wrap=True)

        yield tell
        return
    with console.status(text) as status:
        yield lambda line: status.update(line[: max(20, console.width - 4)].replace("[", r"\["))


def page(lab: Lab, leaf: Leaf, attempt: Attempt | None = None, details: bool = False) -> None:
    """A text under its title, with the values and the ports of the attempt in it."""
    parsed = leaf.page
    if attempt is not None:
        hidden = {name for name, value in (lab.spec.values if lab.spec else {}).items() if value.hidden}
        shown = {name: value for name, value in attempt.values.items() if name not in hidden}
        parsed = leaf.with_values(work.traffic(lab, attempt), shown)
    place = f" (step {leaf.number} of {len(lab.steps)})" if leaf.kind == "step" else ""
    say(f"— {leaf.title}{place} —\n", style="bold")
    show(terminal.rendered(parsed, details, leaf.title))


def folded(text: str, first: str = "", rest: str = "") -> None:
    """Prose, folded to the width of the terminal; what the first and the other lines begin with."""
    width = max(out().width, len(first) + 20)
    say("\n".join(textwrap.wrap(text, width, initial_indent=first, subsequent_indent=rest,
                                break_long_words=False, break_on_hyphens=False)))  # fmt: skip


def point(text: str, depth: int = 1) -> None:
    """A point of a list."""
    indent = "  " * depth
    folded(text, f"{indent}- ", f"{indent}  ")


def notices(found: Iterable[Notice], folder: Path | None = None) -> None:
    """What is not quite right with a lab, but for what is only good to know."""
    for notice in found:
        if notice.level != "notice":
            err().print(f"{folder}/{notice}" if folder else str(notice), markup=False, soft_wrap=True)


def markdown(text: str) -> None:
    show(terminal.rendered(pages.parse(text)))


def verdict(said: Verdict, step: int) -> None:
    """What was found, what was wanted, one pointer."""
    word, style = _SIGNS[said.outcome]
    out().print(f"Step {step}: ", end="")
    out().print(word, style=style)
    if said.output:
        say(said.output)
    if said.reason:
        say(f"  {said.reason}")
        say("  This is not counted. Try again; `paddock lab reset` starts afresh.")
    for criterion in said.criteria:
        say(f"  {'✓' if criterion.passed else '✗'} {criterion.id}", style=None if criterion.passed else "yellow")
        if not criterion.passed:
            found, wanted = contrast(criterion.found, criterion.wanted)
            _fact("found:", found)
            if criterion.wanted is not None:
                _fact("wanted:", wanted)
            if criterion.pointer:
                _fact("look:", criterion.pointer)


def _fact(word: str, text: str) -> None:
    folded(text, f"      {word:<8}", " " * 14)
