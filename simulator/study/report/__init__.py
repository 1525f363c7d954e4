"""The report of a study: a single HTML file that begins with the answer and needs nothing but a browser.

- stress: the STRESS-DES checklist, filled from the scenario; page.html.j2: how the page is laid out.

The same study gives the same bytes, wherever it was computed.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from simulator.results.plots import style
from simulator.results.report.pictures import Picture, embed
from simulator.results.report.table import Column, Table
from simulator.results.tables.assumptions import assumptions
from simulator.results.words import in_words
from simulator.study.fingerprint import version
from simulator.study.report.stress import checklist
from simulator.study.tables import tables
from simulator.study.words import answer

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
        tables=tables(study),
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


def _assumptions(scenario: Any) -> Table:
    """The defaults that the scenario relies on, what is only assumed first."""
    table = assumptions(SimpleNamespace(world=SimpleNamespace(spec=scenario.spec)))
    table = table.iloc[(table["kind"] != "assumption").to_numpy().argsort(kind="stable")]
    rows = [
        [str(r.name), str(r.value), str(r.kind), str(r.used_for), str(r.source)] for r in table.itertuples(index=False)
    ]
    columns = [Column(heading) for heading in ("Parameter", "Value", "Kind", "Default of", "Source")]
    return Table("Defaults the study relies on", columns, rows)
