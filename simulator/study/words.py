"""What a study says in sentences; the command line and the report say the same ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulator.results.words import between, change_in_words, in_words, percent
from simulator.study.sample import better


def answer(study: Any) -> list[str]:
    """The answer in one sentence for each arm that is compared, or for the metric."""
    return {"compare": _compared, "sweep": _swept, "sensitivity": _screened}.get(study.kind, _replicated)(study)


def _replicated(study: Any) -> list[str]:
    row = study.summary[study.summary["metric"] == study.metric]
    if not len(row):
        return [f"No run has an answer for {study.info.title.lower()}."]
    row, unit = row.iloc[0], study.info.unit
    interval = between(row["mean_low"], row["mean_high"], unit)
    return [
        f"{study.info.title} is {in_words(row['mean'], unit)} on average ({interval} with 95 % confidence); "
        f"eight runs of ten lie between {in_words(row['p10'], unit)} and {in_words(row['p90'], unit)}."
    ]


def _compared(study: Any) -> list[str]:
    sentences = []
    base, unit, sign = study.baseline.arm.name, study.info.unit, better(study.metric)
    for sample in study.samples[1:]:
        pair, name = study.paired(sample.arm.name), sample.arm.name
        if not pair.n:
            sentences.append(f"No pair of runs has an answer for {study.info.title.lower()} in both {base} and {name}.")
            continue
        if pair.ties == 1.0:
            sentences.append(f"{study.info.title} is the same under {name} as under {base}, in every run.")
            continue
        change = pair.difference.estimate
        if pair.undecided:
            interval = between(pair.difference.low, pair.difference.high, unit, change_in_words)
            sentences.append(
                f"Whether {name} changes {study.info.title.lower()} is not decided: the difference from {base} is "
                f"{change_in_words(change, unit)}, but its interval ({interval}) includes zero."
            )
            continue
        verdict = "better" if np.sign(change) == sign else "worse"
        low, high = sorted((abs(pair.difference.low), abs(pair.difference.high)))
        mean = float(np.nanmean(study.baseline.of(study.metric)))
        relative = f", which is {percent(abs(change / mean))} of {in_words(mean, unit)}" if mean else ""
        sentences.append(
            f"{name} is {verdict} than {base}: {study.info.title.lower()} {'up' if change > 0 else 'down'} by "
            f"{change_in_words(abs(change), unit)} ({between(low, high, unit, change_in_words)} with "
            f"{100 * study.level:.4g} % confidence){relative}; better in {percent(pair.p_better.estimate)} of the runs."
        )
    return sentences


def _swept(study: Any) -> list[str]:
    told = study.points.dropna(subset=["mean"])
    if not len(told):
        return [f"No run has an answer for {study.info.title.lower()}."]
    means = better(study.metric) * told["mean"].to_numpy()
    if means.max() == means.min():
        return [f"{study.info.title} is the same at all of them: {in_words(told['mean'].iloc[0], study.info.unit)}."]
    best, worst = (_where(study, told[means == end]) for end in (means.max(), means.min()))
    return [f"{study.info.title} is best at {best} and worst at {worst}, on average."]


def _where(study: Any, points: Any) -> str:
    """'bake=20m and bake=1h (0.0874 node-h)', of points of a sweep with the same mean."""
    *names, last = (study.samples[k].arm.name for k in points.index)
    first = f"{', '.join(names)} and " if names else ""
    return f"{first}{last} ({in_words(points['mean'].iloc[0], study.info.unit)})"


def _screened(study: Any) -> list[str]:
    table, column = (study.tornado, "swing") if len(study.tornado) else (study.morris, "mu_star")
    unit = study.info.unit
    most, least = table.iloc[0], table.iloc[-1]
    moves = f"over its range {study.info.title.lower()} moves by {change_in_words(most[column], unit)}"
    first = f"{most['path']} matters most: {moves}"
    if len(table) == 1:
        return [f"{first}."]
    return [f"{first}; {least['path']} least, by {change_in_words(least[column], unit)}."]
