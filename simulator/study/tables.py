"""The tables of a study in words: the report shows them whole, the command line without what is for specialists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from simulator.results.report.table import Column, Table
from simulator.results.words import between, change_in_words, duration, figure, in_words, percent
from simulator.study.vary import short

#: Metrics for everyone, where runs have an answer.
MAIN = (
    "node_availability",
    "cluster_availability",
    "service_availability",
    "bad_node_hours",
    "blast_radius_nodes",
    "blast_radius_clusters",
    "mttd",
    "mttr",
    "convergence_max",
    "drift_node_hours",
    "vulnerable_node_days",
)


#: A column of numbers.
_Number = partial(Column, numeric=True)


def tables(study: Any, brief: bool = False) -> list[Table]:
    """What the study found, its answer first. brief: the main metrics and the columns for everyone."""
    made = list(_TABLES.get(study.kind, _summary)(study, brief))
    return [table.brief() for table in made] if brief else made


def _left_out(study: Any, metric: str, brief: bool) -> bool:
    return brief and metric not in MAIN and metric != study.metric


def _compared(study: Any, brief: bool) -> Iterator[Table]:
    *others, last = (_differences(study, sample.arm.name, brief) for sample in study.samples[1:])
    yield from others
    notes = ["Variance ratio: how many times more runs independent seeds would need (≤ the most of any pairing)."]
    if len(study.arms) > 2 and study.correction != "none":
        notes.append(f"p and intervals are corrected for {len(study.arms) - 1} comparisons ({study.correction}).")
    yield replace(last, notes=(*last.notes, *notes))
    if not brief:
        yield from _summary(study, brief)


def _differences(study: Any, arm: str, brief: bool) -> Table:
    columns = [
        Column("Metric"),
        _Number(study.baseline.arm.name, special=True),
        _Number(arm, special=True),
        _Number("Difference"),
        _Number(f"{100 * study.level:.4g} % interval"),
        _Number("p-value"),
        _Number("P(better)"),
        _Number("Its 95 % interval", special=True),
        _Number("Corr"),
        _Number("Variance ratio"),
        _Number("Pairs", special=True),
    ]
    rows, same = [], []
    for r in study.differences.itertuples():
        if r.arm != arm or _left_out(study, r.metric, brief):
            continue
        title = study.metric_info[r.metric].title
        if r.ties == 1.0:
            same.append(title.lower())
            continue
        rows.append(
            [
                title,
                in_words(r.baseline, r.unit),
                in_words(r.value, r.unit),
                change_in_words(r.difference, r.unit),
                between(r.low, r.high, r.unit, change_in_words),
                figure(float(f"{r.p_adjusted:.2g}")) if r.p_adjusted >= 1e-4 else "<0.0001",
                percent(r.p_better),
                between(r.p_better_low, r.p_better_high, "share"),
                f"{r.correlation:.3f}" if r.correlation == r.correlation else "–",
                _ratio(r.variance_ratio, r.variance_ratio_bound),
                f"{r.n:,}",
            ]
        )
    notes = (f"The same in both, run by run: {', '.join(same)}.",) if same else ()
    return Table(f"{arm} - {study.baseline.arm.name}", columns, rows, notes)


def _ratio(found: float, bound: float) -> str:
    """'18 (≤ 42)'; '–' where nothing varies, '∞' where the difference does not vary though the arms do."""
    if found != found:
        return "–"
    if found == float("inf"):
        return "∞"
    return f"{_rounded(found)} (≤ {_rounded(bound)})"


def _rounded(ratio: float) -> str:
    return "∞" if ratio == float("inf") else figure(round(ratio, 1 if ratio < 100 else 0))


def _summary(study: Any, brief: bool) -> Iterator[Table]:
    nested, several = "parameter_share" in study.summary, len(study.arms) > 1
    columns = [
        Column("Metric"),
        *([Column("Arm")] if several else []),
        _Number("Mean"),
        _Number("95 % interval"),
        _Number("SD of a run", special=True),
        _Number("Median"),
        _Number("Its 95 % interval", special=True),
        _Number("80 % of runs"),
        _Number("Runs"),
        *([_Number("SD: runs"), _Number("SD: parameters")] if nested else []),
    ]
    rows, same = [], []
    for metric, group in study.summary.groupby("metric", sort=False):
        if _left_out(study, metric, brief):
            continue
        title = study.metric_info[metric].title
        if (group["sd"] == 0).all() and group["mean"].nunique() == 1 and metric != study.metric:
            same.append(f"{title.lower()} {in_words(group['mean'].iloc[0], group['unit'].iloc[0])}")
            continue
        for number, r in enumerate(group.itertuples()):
            deviations = (r.run_sd, r.parameter_sd) if nested else ()
            rows.append(
                [
                    "" if number else title,
                    *([r.arm] if several else []),
                    in_words(r.mean, r.unit),
                    between(r.mean_low, r.mean_high, r.unit),
                    in_words(r.sd, r.unit),
                    in_words(r.median, r.unit),
                    between(r.median_low, r.median_high, r.unit),
                    between(r.p10, r.p90, r.unit),
                    f"{r.n:,}",
                    *(in_words(sd, r.unit) for sd in deviations),
                ]
            )
    notes = (f"The same in every run: {', '.join(same)}.",) if same else ()
    yield Table("Each arm by itself" if several else "Metrics", columns, rows, notes)


def _swept(study: Any, brief: bool) -> Iterator[Table]:
    unit = study.info.unit
    columns = [
        *(Column(word) for word in short(study.paths)),
        _Number(study.info.title),
        _Number("95 % interval"),
        _Number("80 % of runs"),
        _Number("Rollout"),
        Column("Frontier"),
    ]
    rows = [
        [
            *map(str, sample.arm.settings.values()),
            in_words(row["mean"], unit),
            between(row["low"], row["high"], unit),
            between(row["p10"], row["p90"], unit),
            duration(row["convergence"]),
            "yes" if row["on_frontier"] else "",
        ]
        for sample, row in zip(study.samples, study.points.to_dict("records"), strict=True)
    ]
    yield Table("Points of the sweep", columns, rows)
    if not brief:
        yield from _summary(study, brief)


def _screened(study: Any, brief: bool) -> Iterator[Table]:
    unit, paths = study.info.unit, [factor.path for factor in study.factors]
    words = dict(zip(paths, short(paths), strict=True))
    if len(study.tornado):
        headings = ("At the low end", "Its interval", "At the high end", "Its interval", "Swing")
        columns = [Column("Field"), Column("Range"), *map(_Number, headings)]
        rows = [
            [
                words[r.path],
                f"{r.low}..{r.high}",
                change_in_words(r.at_low, unit),
                between(r.at_low_from, r.at_low_to, unit, change_in_words),
                change_in_words(r.at_high, unit),
                between(r.at_high_from, r.at_high_to, unit, change_in_words),
                change_in_words(r.swing, unit),
            ]
            for r in study.tornado.itertuples()
        ]
        yield Table("One at a time", columns, rows)
    if len(study.morris):
        columns = [Column("Field"), *map(_Number, ("mu*", "± (95 %)", "sigma", "noise"))]
        rows = [
            [
                words[r.path],
                *(change_in_words(v, unit) for v in (r.mu_star, r.mu_star_half_width, r.sigma, r.noise)),
            ]
            for r in study.morris.itertuples()
        ]
        yield Table("All at once (Morris)", columns, rows)


_TABLES = {"compare": _compared, "sweep": _swept, "sensitivity": _screened}
