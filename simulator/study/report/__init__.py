"""The report of a study: a single HTML file that begins with the answer and needs nothing but a browser.

- stress: the STRESS-DES checklist, filled from the scenario; page.html.j2: how the page is laid out.

The same study gives the same bytes, wherever it was computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

from simulator.results.plots import style
from simulator.results.report.pictures import Picture, embed
from simulator.results.tables.assumptions import assumptions
from simulator.results.words import figure, percent
from simulator.study.fingerprint import version
from simulator.study.plots.units import in_words
from simulator.study.report.stress import checklist
from simulator.study.words import answer, between

__all__ = ["report_html"]

#: name, method of study.plot, its arguments, heading, how to read it
_EXPOSURE = (
    "exposure",
    "exposure",
    {},
    "Exposure over time",
    "The line is the median of the runs at each time, the band holds eight runs of ten.",
)
_DISTRIBUTIONS = tuple(
    (
        f"distribution-{metric}",
        "distribution",
        {"metric": metric},
        heading,
        "The curve says which share of the runs came to that value or less; steep is certain, flat is luck.",
    )
    for metric, heading in (("blast_radius_nodes", "Blast radius"), ("mttr", "Time to recover"))
)
_DIFFERENCE = (
    "difference",
    "difference",
    {},
    "The difference",
    "Each dot is a pair of runs that share all chance they do not differ about; the diamond is their mean, the bar "
    "its interval. Left of the dashed line is less than the baseline.",
)
_FRONTIER = (
    "frontier",
    "frontier",
    {},
    "What safety costs",
    "Down is less exposure, left is a faster rollout; no arm beats those on the line in both. A rollout that a gate or "
    "a person stops ends where it was stopped, which is early.",
)
_CURVES = ("curves", "curves", {}, "Along the values", "The line is the mean, the band holds eight runs of ten.")
_TORNADO = (
    "tornado",
    "tornado",
    {},
    "One field at a time",
    "A bar is what one field does by itself when it goes to one end of its range; thin lines are 95 % intervals.",
)
_MORRIS = (
    "screening",
    "screening",
    {},
    "All fields at once",
    "Right is a field that matters; above the dashed line its effect depends on the others or is not a straight line.",
)
PICTURES = {
    "replicate": (_EXPOSURE, *_DISTRIBUTIONS),
    "compare": (_DIFFERENCE, _EXPOSURE, *_DISTRIBUTIONS, _FRONTIER),
    "sweep": (_CURVES, _FRONTIER, _EXPOSURE),
    "sensitivity": (_TORNADO, _MORRIS),
}


@dataclass(frozen=True)
class Table:
    """A table of the page; numeric: which columns stand on the right."""

    caption: str
    headings: list[str]
    rows: list[list[str]]
    numeric: list[bool]


def report_html(study: Any) -> str:
    """The whole report as one page of HTML, with its pictures and its style inside."""
    from simulator.results.report import page

    scenario = study.arms[0].scenario
    changes = [(s.arm.name, study.changes(s.arm.name)) for s in study.samples[1:]] if study.kind == "compare" else []
    return page(Path(__file__).parent).render(
        study=study,
        scenario=scenario,
        answer=answer(study),
        changes=changes,
        tables=_tables(study),
        pictures=_pictures(study),
        replay=study.replay.assign(value=[in_words(v, study.info.unit) for v in study.replay["value"]]).to_dict(
            "records"
        ),
        assumptions=_assumptions(scenario),
        stress=checklist(study),
        version=version(),
    )


def _pictures(study: Any) -> list[Picture]:
    from matplotlib.figure import Figure

    drawn = []
    for name, method, arguments, heading, reading in PICTURES[study.kind]:
        if arguments.get("metric", study.metric) not in study.metric_info or (study.warm and method == "frontier"):
            continue  # a steady-state study knows no blast radius
        if method == "screening" and not len(study.morris) or method == "tornado" and not len(study.tornado):
            continue
        with style():
            canvas = Figure(figsize=(12, 4.8), layout="constrained")
            ax = getattr(study.plot, method)(canvas.subplots(), **arguments)
            drawn.append(Picture(name, heading, reading, f"{ax.get_title(loc='left')}. {reading}", embed(canvas)))
    return drawn


def _tables(study: Any) -> list[Table]:
    if study.kind == "compare":
        return [_differences(study), _summary(study)]
    if study.kind == "sweep":
        return [_plain("Points of the sweep", study.points), _summary(study)]
    if study.kind == "sensitivity":
        found = [("One at a time", study.tornado), ("All at once (Morris)", study.morris)]
        return [_plain(caption, table) for caption, table in found if len(table)]
    return [_summary(study)]


def _differences(study: Any) -> Table:
    rows = []
    for r in study.differences.itertuples():
        told = r.ties < 1.0
        rows.append(
            [
                study.metric_info[r.metric].title,
                r.arm,
                in_words(r.baseline, r.unit),
                in_words(r.value, r.unit),
                in_words(r.difference, r.unit) if told else "none in any run",
                between(r.low, r.high, r.unit) if told else "",
                figure(r.p_adjusted) if told else "",
                f"{percent(r.p_better)} ({percent(r.p_better_low)} to {percent(r.p_better_high)})" if told else "",
                f"{r.correlation:.3f}" if r.correlation == r.correlation else "–",
                ratio(r.variance_ratio, r.variance_ratio_bound),
                f"{r.n:,}",
            ]
        )
    headings = ["Metric", "Variant", f"Baseline ({study.baseline.arm.name})", "Variant's mean", "Difference"]
    headings += [
        f"{100 * study.level:.4g} % interval",
        "p, corrected",
        "P(better)",
        "Correlation",
        "Variance ratio",
        "Pairs",
    ]
    return Table("Differences, paired run by run", headings, rows, [False, False, *[True] * 9])


def ratio(found: float, bound: float) -> str:
    """'18 of at most 42'; '–' where nothing varies, '∞' where the difference does not vary though the arms do."""
    if found != found:
        return "–"
    if found == float("inf"):
        return "∞"
    most = "∞" if bound == float("inf") else figure(round(bound, 1 if bound < 100 else 0))
    return f"{figure(round(found, 1 if found < 100 else 0))} of at most {most}"


def _summary(study: Any) -> Table:
    rows = []
    nested = "parameter_share" in study.summary
    for r in study.summary.itertuples():
        row = [
            study.metric_info[r.metric].title,
            r.arm,
            in_words(r.mean, r.unit),
            between(r.mean_low, r.mean_high, r.unit),
        ]
        row += [in_words(r.sd, r.unit) if r.sd == r.sd else "–"]
        row += [f"{in_words(r.median, r.unit)} ({between(r.median_low, r.median_high, r.unit)})"]
        row += [f"{in_words(r.p10, r.unit)} to {in_words(r.p90, r.unit)}", f"{r.n:,}"]
        if nested:
            told = r.run_sd == r.run_sd
            row += [in_words(r.run_sd, r.unit) if told else "–", in_words(r.parameter_sd, r.unit) if told else "–"]
        rows.append(row)
    headings = [
        "Metric",
        "Arm",
        "Mean",
        "95 % interval",
        "SD of a run",
        "Median (95 % interval)",
        "80 % of runs",
        "Runs",
    ]
    headings += ["SD: noise of runs", "SD: parameters"] if nested else []
    return Table("Each arm by itself", headings, rows, [False, False, *[True] * (len(headings) - 2)])


def _plain(caption: str, table: pd.DataFrame) -> Table:
    numeric = [pd.api.types.is_numeric_dtype(table[column]) and table[column].dtype != bool for column in table]
    rows = [
        [figure(v) if isinstance(v, (int, float)) and not isinstance(v, bool) else str(v) for v in row]
        for row in table.itertuples(index=False, name=None)
    ]
    return Table(caption, [str(column).replace("_", " ") for column in table], rows, numeric)


def _assumptions(scenario: Any) -> Table:
    """The defaults that the scenario relies on, what is only assumed first."""
    table = assumptions(SimpleNamespace(world=SimpleNamespace(spec=scenario.spec)))
    table = table.iloc[(table["kind"] != "assumption").to_numpy().argsort(kind="stable")]
    rows = [
        [str(r.name), str(r.value), str(r.kind), str(r.used_for), str(r.source)] for r in table.itertuples(index=False)
    ]
    return Table(
        "Defaults the study relies on", ["Parameter", "Value", "Kind", "Default of", "Source"], rows, [False] * 5
    )
