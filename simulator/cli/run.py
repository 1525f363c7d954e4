"""`paddock run`: one run of a scenario, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from simulator import Scenario, __version__
from simulator.cli import files, scenarios
from simulator.cli.console import as_json, busy, out, plain, say, say_json, show, table

#: Tables that --out writes as CSV.
TABLES = ("nodes", "systems", "clusters", "services", "changes", "stages", "incidents", "timeline", "events")
#: Metrics of the summary, where the run has an answer; all of them stand in the report and in --json.
MAIN = (
    "service_availability",
    "blast_radius_nodes",
    "blast_radius_clusters",
    "bad_node_hours",
    "exposure_at_detection",
    "mttd",
    "time_to_decide",
    "mttr",
    "convergence_p50",
    "convergence_max",
    "drift_node_hours",
    "vulnerable_node_days",
    "automatic_rollbacks",
)
#: A summary fits on a screen: so many rows of a table are shown, and so many steps of the worst incident.
ROWS, STEPS = 8, 16


def run(
    scenario: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO",
            help="A name of the library, a file, or - for standard input.",
            autocompletion=scenarios.names,
        ),
    ],
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Seed of all random numbers.")] = 1,
    replication: Annotated[
        int,
        typer.Option(min=0, max=2**63 - 1, help="Number of the replication: another independent run of the same seed."),
    ] = 0,
    variant: Annotated[str | None, typer.Option(metavar="NAME", help="Lay this variant over the scenario.")] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Another value for a field: spec.onCall.decision=10m."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write report.html, tables as CSV and metrics.json there."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of the summary.")] = False,
) -> None:
    """Run a scenario once and say what happened.

    The same scenario, seed and version give the same bytes.

    \b
      paddock run bad-sysctl
      paddock run bad-sysctl --variant longer-bake --seed 7
      paddock run bad-sysctl --set spec.onCall.decision=20m
      paddock run my-fleet.yaml --out out
    """
    chosen = scenarios.load(scenario, variant, setting or ())
    if output is not None:
        files.folder(output)
    with busy(f"Running {chosen.metadata.name} ..."):
        result = chosen.run(seed=seed, replication=replication)
        document = as_document(result, chosen)
        answer = [] if json else _answer(result)
    if output is not None:
        with busy("Writing the report ..."):
            _write(result, document, output)
    if json:
        say_json(document)
        return
    _summary(result, chosen, answer)
    if output is not None:
        say(f"Report: {output / 'report.html'}", style="bold")
    else:
        say(
            f"Report and tables: {_command(scenario, variant, setting or (), seed, replication)} --out DIR", style="dim"
        )


def as_document(result: Any, scenario: Scenario) -> dict[str, Any]:
    """A run as plain data, without anything that depends on when or where it was computed."""
    return plain(
        {
            "scenario": scenario.metadata.name,
            "variant": scenario.variant_name,
            "seed": result.seed,
            "replication": result.replication,
            "version": __version__,
            "digest": scenario.digest(),
            "metrics": dict(result.metrics.items()),
            **{
                name: getattr(result, name).to_dict("records")
                for name in ("changes", "stages", "incidents", "timeline")
            },
        }
    )


def _answer(result: Any) -> list[str]:
    from simulator.results.report import answer

    return answer(result)


def _write(result: Any, document: dict[str, Any], folder: Path) -> None:
    """The report and the tables. The report comes last: who sees it finds the rest."""
    from simulator.results.report import report_html

    for name in TABLES:
        files.write(folder / f"{name}.csv", getattr(result, name).to_csv(index=False, lineterminator="\n"))
    info = result.metric_info
    metrics = {
        name: {
            "value": value,
            "unit": info[name].unit,
            "title": info[name].title,
            "definition": info[name].definition,
        }
        for name, value in document["metrics"].items()
    }
    head = {key: document[key] for key in ("scenario", "variant", "seed", "replication", "version", "digest")}
    files.write(folder / "metrics.json", as_json({**head, "metrics": metrics}))
    files.write(folder / "report.html", report_html(result))


# --- the summary ---------------------------------------------------------------------------------------


def _summary(result: Any, scenario: Scenario, answer: list[str]) -> None:
    variant = next((v for v in scenario.variants if v.name == scenario.variant_name), None)
    say(scenario.title, style="bold")
    if variant is not None:
        say(f"Variant {variant.name}: {variant.title}" if variant.title else f"Variant {variant.name}")
    say()
    for sentence in answer:
        out().print(sentence, markup=False)
    say()
    _show_metrics(result)
    _show_incidents(result)
    _show_steps(result)
    _show_stages(result)


def _show_metrics(result: Any) -> None:
    from simulator.results.words import in_words

    shown = table("METRIC", "VALUE", right=(1,))
    for name in MAIN:
        value = result.metrics.get(name)
        if value is not None and value == value:
            shown.add_row(escape(result.metric_info[name].title), in_words(value, result.metric_info[name].unit))
    show(shown)
    say()


def _show_incidents(result: Any) -> None:
    """When what went wrong was noticed, decided on and put right: after how long, and on the clock."""
    from simulator.results.notable import worst_incidents
    from simulator.results.words import clock, duration

    incidents = worst_incidents(result)
    if not len(incidents):
        return
    spec = scenario_spec(result)
    long = spec.horizon > 86400
    shown = table("INCIDENT", "CAUSE", "BEGAN", "DETECTED", "DECIDED", "RECOVERED", "REMEDY", right=(2, 3, 4, 5))
    for row in incidents.head(ROWS).itertuples():
        after = [
            f"+{duration(at - row.began_at)}" if at == at else "never"
            for at in (row.detected_at, row.decided_at, row.recovered_at)
        ]
        if row.covered_by:  # an alert was firing for it, but nobody looked at it by itself
            after[:2] = f"with {row.covered_by}", "–"
        shown.add_row(
            *map(
                escape,
                (
                    _text(row.incident),
                    _text(row.cause),
                    clock(spec.start, row.began_at, day=long),
                    *after,
                    _text(row.remedy),
                ),
            )
        )
    show(shown)
    _left_out(len(incidents), "incidents, the worst first")


def _show_steps(result: Any) -> None:
    """The worst incident step by step, on the clock."""
    from simulator.results.notable import worst_incidents
    from simulator.results.words import clock

    worst = next(worst_incidents(result).itertuples(), None)
    if worst is None:
        return
    spec, told = scenario_spec(result), result.timeline[result.timeline["incident"] == worst.incident]
    shown = table("CLOCK", f"INCIDENT {worst.incident} STEP BY STEP")
    for step in told.head(STEPS).itertuples():
        shown.add_row(clock(spec.start, step.at, day=spec.horizon > 86400), escape(step.note))
    show(shown)
    if len(told) > STEPS:
        say(f"{STEPS} of {len(told):,} steps; the report has more.", style="dim")
    say()


def _show_stages(result: Any) -> None:
    """What the rollouts did, stage by stage."""
    from simulator.results.words import clock, count

    if not len(result.stages):
        return
    spec = scenario_spec(result)
    long = spec.horizon > 86400
    shown = table("CHANGE", "STAGE", "STARTED", "CONVERGED", "NODES", "VERDICT", right=(2, 3, 4))
    for row in result.stages.head(ROWS).itertuples():
        shown.add_row(
            *map(
                escape,
                (
                    _text(row.change),
                    _text(row.stage),
                    clock(spec.start, row.started_at, day=long),
                    clock(spec.start, row.converged_at, day=long),
                    count(row.nodes),
                    _text(row.verdict),
                ),
            )
        )
    show(shown)
    _left_out(len(result.stages), "stages")


def _left_out(rows: int, what: str) -> None:
    if rows > ROWS:
        say(f"{ROWS} of {rows:,} {what}; the report has more.", style="dim")
    say()


def scenario_spec(result: Any) -> Any:
    """What was simulated."""
    return result.scenario.spec


def _text(value: Any) -> str:
    return "–" if value is None or value != value or value == "" else str(value)


def _command(scenario: str, variant: str | None, settings: Sequence[str], seed: int, replication: int) -> str:
    """The command that makes this very run again."""
    import shlex

    options = ([("--variant", variant)] if variant else []) + [("--set", setting) for setting in settings]
    options += [("--seed", seed)] if seed != 1 else []
    options += [("--replication", replication)] if replication else []
    return shlex.join(["paddock", "run", scenario, *(str(part) for option in options for part in option)])
