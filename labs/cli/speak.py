"""How labs speak: texts on the terminal, verdicts, progress of long work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from labs.runner import work
from labs.runner.checks.inside.judging import contrast
from labs.runner.checks.verdict import Verdict
from labs.runner.format import pages, terminal
from labs.runner.format.scenario import Leaf
from labs.runner.lab import Lab
from labs.runner.store.progress import Attempt
from simulator.cli.console import err, out, say

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
    """A text, with the values and the ports of the attempt in it."""
    parsed = leaf.page
    if attempt is not None:
        hidden = {name for name, value in (lab.spec.values if lab.spec else {}).items() if value.hidden}
        shown = {name: value for name, value in attempt.values.items() if name not in hidden}
        parsed = leaf.with_values(work.traffic(lab, attempt), shown)
    out().print(terminal.rendered(parsed, details))


def markdown(text: str) -> None:
    out().print(terminal.rendered(pages.parse(text)))


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
            say(f"      found:  {found}")
            if criterion.wanted is not None:
                say(f"      wanted: {wanted}")
            if criterion.pointer:
                say(f"      look:   {criterion.pointer}")
