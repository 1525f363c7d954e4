"""What the commands that study have in common: their options, how they end, what they show and write."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from simulator.cli import files, scenarios
from simulator.cli.console import Problem, as_json, busy, err, out, say, say_json, show, table, warn

Where = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO",
        help="A name of the library, a file, or - for standard input.",
        autocompletion=scenarios.names,
    ),
]
Variant = Annotated[str | None, typer.Option(metavar="NAME", help="Lay this variant over the scenario.")]
Event = Annotated[list[str] | None, typer.Option(metavar="METRIC>VALUE", help="Also the probability of this: mttr>1h.")]
Replications = Annotated[int | None, typer.Option(min=1, max=1_000_000, help="Runs of each arm (default 100).")]
Precision = Annotated[
    float | None,
    typer.Option(
        help="Instead of a number: go on until the half width of the 95 % interval is this share of the mean (0.05).",
    ),
]
Cap = Annotated[int, typer.Option(min=15, max=1_000_000, help="With --precision: never more runs than this.")]
Metric = Annotated[str | None, typer.Option(help="What the study is about (default bad_node_hours).")]
Seed = Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Seed of all random numbers.")]
Setting = Annotated[
    list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Another value for a field, in every arm.")
]
Steady = Annotated[
    bool, typer.Option("--steady", help="A steady-state study: time averages after a warm-up, which is left out.")
]
Warmup = Annotated[
    str | None, typer.Option(metavar="DURATION", help="How long the warm-up is (5d); default: as MSER-5 finds.")
]
Inner = Annotated[
    int, typer.Option(min=2, help="Runs for each draw of the parameters that the scenario calls uncertain.")
]
Jobs = Annotated[int | None, typer.Option(help="Processes (default: all cores).")]
Dask = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Run on a Dask cluster: tcp://host:8786, its scheduler.")
]
StoreFolder = Annotated[
    Path | None, typer.Option("--store", metavar="DIR", help="Where finished runs are kept (default: your cache).")
]
NoStore = Annotated[bool, typer.Option("--no-store", help="Keep no runs and use none.")]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Write report.html, tables as CSV and study.json there.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of the summary.")]


def how(**options: Any) -> Any:
    """The options as the study takes them. Raises Problem for those that exclude each other."""
    from simulator.study import How

    if options.get("jobs") is not None and options.get("dask"):
        raise Problem("--jobs and --dask exclude each other: runs are made here or on a Dask cluster")
    if options.get("replications") is not None and options.get("precision") is not None:
        raise Problem("--replications and --precision exclude each other: give a number or a precision")
    store, none = options.pop("store"), options.pop("no_store")
    return How(**options, store=False if none else store)


def settings(texts: list[str] | None) -> dict[str, Any]:
    """`--set PATH=VALUE` as values by path."""
    from simulator.scenario.paths import values_from

    return values_from(texts or ())


def varied(texts: list[str], read: Callable[[str], Any], example: str) -> dict[str, Any]:
    """`--vary PATH=...` as what `read` makes of it, by path."""
    from simulator.scenario.paths import assignment
    from simulator.study import StudyError

    found: dict[str, Any] = {}
    for text in texts:
        path, values = assignment(text, example)
        if path in found:
            raise StudyError(f"{path} is varied twice; write all that it may be in one --vary")
        found[path] = read(values)
    return found


@contextmanager
def made() -> Iterator[None]:
    """Turns what can go wrong with a study into what the command line says."""
    from simulator.scenario.paths import UnknownPath
    from simulator.study import Interrupted, StudyError

    try:
        yield
    except UnknownPath as error:
        raise Problem(str(error), hint="`paddock explain scenario.PATH` shows the fields.") from None
    except StudyError as error:
        raise Problem(str(error)) from None
    except Interrupted as interrupted:
        going_on = "; the same command goes on from there" if interrupted.kept else ""
        err().print(f"\n{interrupted}{going_on}", markup=False, soft_wrap=True)
        raise KeyboardInterrupt from None


def folder(output: Path | None) -> None:
    """Ask for the folder before the work, which would otherwise be lost."""
    if output is not None:
        files.folder(output)


def tell(study: Any, output: Path | None, json: bool, tables: Mapping[str, Any], **more: Any) -> None:
    """Write what is to be written, and print the document or the summary.

    tables: of this kind of study, by name, for --out. more: what else goes into the document.
    """
    document = {**study.document(), **more}
    if output is not None:
        with busy("Writing the report ..."):
            _write(study, document, tables, output)
    if json:
        say_json(document)
        return
    from simulator.study.words import answer

    say(study.arms[0].scenario.title, style="bold")
    say()
    for sentence in answer(study):
        out().print(sentence, markup=False)
    say()
    for sentence in study.sentences:
        say(sentence, style="dim")
    say()
    _tables(study)
    for event in more.get("events", ()):
        _event(event)
    for warning in study.warnings:
        warn(warning)
    if study.kind in ("replicate", "compare"):
        _replay(study)
    if output is not None:
        say(f"Report: {output / 'report.html'}", style="bold")


def _write(study: Any, document: Mapping[str, Any], tables: Mapping[str, Any], folder: Path) -> None:
    """The report and the tables. The report comes last: who sees it finds the rest."""
    from simulator.study.report import report_html

    for name, each in {"runs": study.runs, "summary": study.summary, **tables}.items():
        files.write(folder / f"{name}.csv", each.to_csv(index=False, lineterminator="\n"))
    files.write(folder / "study.json", as_json(document))
    files.write(folder / "report.html", report_html(study))


# --- events --------------------------------------------------------------------------------------------


def events(study: Any, asked: list[str]) -> list[dict[str, Any]]:
    """The probability of each event that is asked for: `METRIC>VALUE`."""
    found = []
    for text in asked:
        match = re.fullmatch(r"\s*(\w+)\s*>\s*(\S+)\s*", text)
        if match is None:
            raise Problem(f"{text!r} is not an event; write METRIC>VALUE: bad_node_hours>100, mttr>1h")
        value = _value(match[2], text)
        with made():
            rows = study.probability(match[1], value).to_dict("records")
        found += [{"event": text.strip(), **row} for row in rows]
    return found


def _value(text: str, event: str) -> float:
    """A number, a share in per cent or a duration."""
    from simulator.facts.durations import parse_duration

    try:
        return float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        pass
    try:
        return parse_duration(text)
    except ValueError as error:
        raise Problem(f"{event!r}: {error}") from None


def _event(row: Mapping[str, Any]) -> None:
    from simulator.results.words import percent

    interval = f"{percent(row['low'])} to {percent(row['high'])}"
    say(f"P({row['event']}) in {row['arm']}: {percent(row['probability'])} ({interval})")


# --- tables --------------------------------------------------------------------------------------------


def _tables(study: Any) -> None:
    from simulator.study.tables import tables

    for found in tables(study, brief=True):
        right = tuple(number for number, column in enumerate(found.columns) if column.numeric)
        made = table(*(escape(column.heading.upper()) for column in found.columns), title=found.caption, right=right)
        for row in found.rows:
            made.add_row(*map(escape, row))
        show(made)
        for note in found.notes:
            say(note, style="dim")
        say()


def _replay(study: Any) -> None:
    rows = study.replay.to_dict("records")
    for row in rows:
        say(f"{row['which']} run, {row['arm']}: {row['command']}", style="dim")
