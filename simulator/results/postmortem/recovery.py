"""How an incident ended: at its worst, half and 90 % right again, all right, and whether it came back."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulator.kernel import Intervals
from simulator.kernel.intervals import steps as steps_of
from simulator.results.cases import Case
from simulator.results.postmortem.steps import Step
from simulator.results.record import Record
from simulator.results.words import count, duration, plural

#: Partial recoveries: what share of those hit at the worst moment may still be hit.
_LEFT = (("half recovered", 0.5), ("90 % recovered", 0.1))


def recovery(record: Record, case: Case, all_cases: list[Case]) -> Iterator[Step]:
    """From the worst moment to the end, bout by bout: a bout lasts while anything is hit."""
    yield from _bouts(record, case, all_cases)
    if not np.isnan(case.recovered_at):
        yield _recovered(case)


def _recovered(case: Case) -> Step:
    """What the alert looks at is right again (or, where none told, everything)."""
    counted, spans = case.entities
    left = int(((spans.begin <= case.recovered_at) & (spans.end > case.recovered_at)).sum())
    after = duration(case.recovered_at - case.began_at)
    subject = case.incident.alert if case.incident else case.cause.name
    what = f"what {subject} looks at is right again" if case.incident else "all is right again"
    state = "hit" if case.condition else "out of service"
    rest = f", while {plural(left, counted[:-1])} {'is' if left == 1 else 'are'} still {state}" if left else ""
    note = f"{what}, {after} after it began{rest}"
    return Step(case.recovered_at, "recovered", subject, note, left, counted if left else "")


def _bouts(record: Record, case: Case, all_cases: list[Case]) -> Iterator[Step]:
    counted, spans = case.entities
    if not len(case.during(spans)):
        return
    spans = spans.where(spans.end > case.began_at)
    alone = case.condition is None or case.condition.say.clock.rate is not None
    if alone:  # the next node that reboots, or the next victim of chance, is no relapse
        spans = case.during(spans)
    together = Intervals.of(np.zeros(len(spans), int), spans.begin, spans.end)
    before = np.nan
    for begin, end in zip(together.begin, together.end, strict=True):
        mine = spans.where((spans.begin >= begin) & (spans.begin < end))
        if not np.isnan(before) and not alone:
            yield _relapsed(case, all_cases, counted, mine, float(begin), before)
        if begin > case.over:  # that is another story
            return
        yield from _bout(record, case, counted, mine, float(begin), float(end), worst=np.isnan(before))
        before = float(end)


def _bout(
    record: Record, case: Case, counted: str, spans: Intervals, begin: float, end: float, worst: bool
) -> Iterator[Step]:
    """The worst moment of a bout and the way back from it."""
    times, level = steps_of(np.concatenate([spans.begin, spans.end]), np.repeat([1, -1], len(spans)))
    times, level = times[times < record.horizon], level[times < record.horizon]
    peak, name = int(level.max()), case.cause.name
    planned = case.condition is None
    held = "out of service for" if planned else "in the grip of"
    first, last = np.flatnonzero(level == peak)[[0, -1]]
    if worst and times[first] > begin:
        note = f"at worst: {plural(peak, counted[:-1])} {'is' if peak == 1 else 'are'} {held} {name}"
        yield Step(float(times[first]), "at worst", name, note, peak, counted)
    for step, share in _LEFT:
        enough = np.flatnonzero((level[last:] <= share * peak) & (level[last:] > 0))
        if enough.size:
            at, left = float(times[last + enough[0]]), int(level[last + enough[0]])
            since = "it began" if planned else "the first bite"
            note = f"right again: {count(peak - left)} of {plural(peak, counted[:-1])}"
            yield Step(at, step, name, f"{note}, {duration(at - begin)} after {since}", left, counted)
    # Where it ends with what the alert looks at, `recovered` says it
    if end < record.horizon and not np.isclose(end, case.recovered_at, rtol=0, atol=1e-6):
        yield Step(end, "all right", name, f"nothing is {held} {name} any more, {duration(end - begin)} after it began")


def _relapsed(case: Case, all_cases: list[Case], counted: str, spans: Intervals, begin: float, before: float) -> Step:
    """The same cause has something in its grip again."""
    name, hit = case.cause.name, int((spans.begin == begin).sum())
    follows = next(
        (n for n, c in enumerate(all_cases, 1) if c.cause and c.cause.name == name and c.began_at >= begin), None
    )
    more = f" (incident {follows})" if follows and begin > case.over else ""
    note = f"{name} is back on {plural(hit, counted[:-1])}, {duration(begin - before)} after all were right{more}"
    return Step(begin, "relapsed", name, note, hit, counted)
