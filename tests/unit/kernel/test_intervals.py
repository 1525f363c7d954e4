"""The algebra of intervals against a grid of integer times."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.kernel import Intervals, intervals
from simulator.kernel.intervals import steps

ENTITIES, LAST = 3, 12


@pytest.fixture(
    autouse=True, scope="module", params=[(20_000, (100_000, 1_000_000)), (1, (5, 9, 60))], ids=["few", "many"]
)
def few_and_many(request):
    """Many intervals are looked through before they are sorted: once as it is, and once as if these few were many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intervals, "_MANY", request.param[0])
        patch.setattr(intervals, "_BINS", request.param[1])
        yield


span = st.tuples(st.integers(0, ENTITIES - 1), st.integers(0, LAST), st.integers(0, LAST))
spans = st.lists(span, max_size=12)


def columns(found: list[tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    table = np.array(found, float).reshape(-1, 3)
    return table[:, 0].astype(np.int64), table[:, 1], table[:, 2]


def grid(found: list[tuple[int, int, int]], weight: list[float] | None = None) -> np.ndarray:
    """Weight at each entity and second: entities x seconds."""
    level = np.zeros((ENTITIES, LAST))
    for k, (entity, begin, end) in enumerate(found):
        level[entity, begin:end] += 1 if weight is None else weight[k]
    return level


def cells(intervals: Intervals) -> np.ndarray:
    """The grid on which intervals hold, after a look at their form."""
    entity, begin, end = intervals.entity, intervals.begin, intervals.end
    assert (end > begin).all(), "no empty ones"
    same = entity[1:] == entity[:-1]
    assert (entity[1:] >= entity[:-1]).all() and (begin[1:] > end[:-1])[same].all(), "sorted, apart"
    return grid([(int(e), int(b), int(f)) for e, b, f in zip(entity, begin, end, strict=True)]) > 0


@given(spans)
def test_of_is_the_union(found):
    assert (cells(Intervals.of(*columns(found))) == (grid(found) > 0)).all()


@given(spans.map(lambda found: sorted(found)))
def test_of_joins_what_touches_when_it_is_in_order_already(found):
    assert (cells(Intervals.of(*columns(found))) == (grid(found) > 0)).all()


@given(spans, st.integers(1, 4))
def test_overlaps_is_k_of_n(found, k):
    assert (cells(Intervals.overlaps(*columns(found), 1, k)) == (grid(found) >= k)).all()


@given(spans, st.data())
def test_overlaps_weighs_and_has_a_threshold_by_entity(found, data):
    weight = data.draw(st.lists(st.integers(-2, 3), min_size=len(found), max_size=len(found)))
    limits = np.array(data.draw(st.lists(st.integers(1, 5), min_size=ENTITIES, max_size=ENTITIES)))
    intervals = Intervals.overlaps(*columns(found), np.array(weight, float), limits)
    assert (cells(intervals) == (grid(found, weight) >= limits[:, None])).all()


@given(spans, spans)
def test_union_minus_and_both(one, other):
    a, b = Intervals.of(*columns(one)), Intervals.of(*columns(other))
    assert (cells(a.union(b)) == ((grid(one) > 0) | (grid(other) > 0))).all()
    assert (cells(a.minus(b)) == ((grid(one) > 0) & ~(grid(other) > 0))).all()
    assert (cells(a.both(b)) == ((grid(one) > 0) & (grid(other) > 0))).all()


@given(spans, st.lists(st.integers(0, 1), min_size=ENTITIES, max_size=ENTITIES))
def test_grouped_holds_for_any_member(found, group):
    intervals = Intervals.of(*columns(found)).grouped(np.array(group))
    assert (cells(intervals) == (grid([(group[e], b, f) for e, b, f in found]) > 0)).all()


@given(spans, st.lists(st.booleans(), min_size=ENTITIES, max_size=ENTITIES))
def test_of_entities_leaves_the_others_out(found, chosen):
    left = [s for s in found if chosen[s[0]]]
    assert (cells(Intervals.of(*columns(found)).of_entities(np.array(chosen))) == (grid(left) > 0)).all()


@given(spans, st.integers(0, 4), st.integers(1, 4))
def test_delayed_and_shortened_work_on_each_interval(found, delay, length):
    whole = Intervals.of(*columns(found))
    runs = list(zip(whole.entity.tolist(), whole.begin.astype(int), whole.end.astype(int), strict=True))
    later = [(e, b + delay, f) for e, b, f in runs if b + delay < f]
    assert (cells(whole.delayed(delay)) == (grid(later) > 0)).all()
    short = [(e, b, min(f, b + length)) for e, b, f in runs]
    assert (cells(whole.shortened(length)) == (grid(short) > 0)).all()


@given(spans, st.sampled_from([2, 4, 6]), st.integers(0, LAST))
def test_flapping_holds_for_the_first_half_of_every_period(found, period, horizon):
    whole = Intervals.of(*columns(found))
    expected = np.zeros((ENTITIES, LAST), bool)
    for entity, begin, end in zip(whole.entity, whole.begin.astype(int), whole.end.astype(int), strict=True):
        for t in range(begin, min(end, horizon)):
            expected[entity, t] = (t - begin) % period < period / 2
    assert (cells(whole.flapping(period, horizon)) == expected).all()


@given(spans, st.integers(0, LAST), st.integers(0, LAST))
def test_clip_and_seconds(found, low, high):
    whole = Intervals.of(*columns(found))
    inside = (np.arange(LAST) >= low) & (np.arange(LAST) < high)
    assert (cells(whole.clip(low, high)) == ((grid(found) > 0) & inside)).all()
    assert whole.seconds(ENTITIES, high).tolist() == (grid(found) > 0)[:, :high].sum(axis=1).tolist()


@given(spans)
def test_questions_about_moments(found):
    whole, level = Intervals.of(*columns(found)), grid(found) > 0
    entity, at = np.repeat(np.arange(ENTITIES), LAST), np.tile(np.arange(LAST, dtype=float), ENTITIES)
    assert (whole.covers(entity, at).reshape(ENTITIES, LAST) == level).all()
    assert (whole.covers(entity, at + 0.5).reshape(ENTITIES, LAST) == level).all()
    over = whole.over_from(entity, at).reshape(ENTITIES, LAST)
    expected = [[next((t for t in range(s, LAST) if not row[t]), LAST) for s in range(LAST)] for row in level]
    assert over.tolist() == expected
    assert whole.covers(np.array([0]), np.array([np.inf])).tolist() == [False]


@given(spans, st.lists(st.integers(1, 3), min_size=ENTITIES, max_size=ENTITIES), st.integers(1, LAST))
def test_most_is_the_highest_step(found, weight, horizon):
    whole, weights = Intervals.of(*columns(found)), np.array(weight, float)
    for given_, factor in ((weights, weights), (1.0, np.ones(ENTITIES))):
        level = ((grid(found) > 0) * factor[:, None])[:, :horizon].sum(axis=0)
        most, when = whole.most(given_, horizon)
        assert most == level.max()
        assert when == (int(np.argmax(level)) if level.max() else 0.0)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-3, 3)), min_size=1, max_size=12))
def test_steps_has_each_time_once_with_the_level_from_then_on(changes):
    times, deltas = (np.array(c, float) for c in zip(*changes, strict=True))
    found, level = steps(times, deltas)
    assert found.tolist() == sorted(set(times))
    assert level.tolist() == [deltas[times <= t].sum() for t in found]


@pytest.mark.parametrize("end", [np.inf, 5.0])
def test_an_interval_may_have_no_end(end):
    both = Intervals.of(np.array([0, 1]), np.array([1.0, 2.0]), np.array([end, np.inf]))
    assert both.seconds(2, 10.0).tolist() == [min(end, 10.0) - 1.0, 8.0]
    assert both.over_from(np.array([1]), np.array([3.0])).tolist() == [np.inf]
    assert len(Intervals.none()) == len(Intervals.none().union(Intervals.none())) == 0
