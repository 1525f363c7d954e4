"""The report of one run: a single HTML file that begins with the answer and needs nothing but a browser.

- summary: in a few plain sentences what happened, and the figures to remember.
- tables, pictures: what stands below them; incidents: the worst few, each told step by step.
- page.html.j2: how it is laid out; page.css, table.html.j2, table: look and tables of every report.

The same run gives the same bytes.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from simulator.results.report import incidents, pictures, tables
from simulator.results.report.summary import answer, big_numbers

__all__ = ["answer", "big_numbers", "report_html", "write_report"]


def command(run: Any) -> str:
    """What to type to see the same run again."""
    variant = f" --variant {run.scenario.variant_name}" if run.scenario.variant_name else ""
    return f"paddock run {run.scenario.metadata.name}{variant} --seed {run.seed}"


def _declared(run: Any) -> str:
    """The scenario as its author declared it, as YAML; empty if it can't say."""
    if not hasattr(run.scenario, "to_data"):
        return ""
    import yaml

    return yaml.safe_dump(run.scenario.to_data(), sort_keys=False, allow_unicode=True, width=100)


def page(folder: Path) -> Any:
    """The template of a report in HTML: `page.html.j2` of a folder; its style and its tables are those of all reports.

    What it does not know is an error.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    templates = Environment(
        loader=FileSystemLoader([folder, Path(__file__).parent]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template("page.html.j2")


def report_html(run: Any) -> str:
    """The whole report as one page of HTML, with its pictures and its style inside."""
    return page(Path(__file__).parent).render(
        run=run,
        title=run.scenario.title,
        description=run.scenario.metadata.description or "",
        variant=run.scenario.variant_name or "",
        answer=answer(run),
        numbers=big_numbers(run),
        settings=tables.settings(run),
        assumptions=tables.assumptions(run),
        pictures=pictures.draw_all(run),
        told=incidents.told(run),
        incidents=tables.incidents(run),
        stages=tables.stages(run),
        changes=tables.changes(run),
        services=tables.services(run),
        clusters=tables.clusters(run),
        metrics=tables.metrics(run),
        journal=tables.journal(run),
        command=command(run),
        declared=_declared(run),
    )


def write_report(run: Any, path: str | os.PathLike) -> Path:
    """Write the report, whole or not at all: a reader never meets half a file. Returns where it is."""
    path = Path(path)
    text = report_html(run)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(unfinished, 0o644)  # mkstemp makes it private, but a report is for others too
        os.replace(unfinished, path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
    return path
