"""Watches: the predicted crossing is what a look at every instant would find, also after changes of plan."""

from __future__ import annotations

import numpy as np
import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st

from simulator.kernel import Intervals, Watch

GROUPS, LAST = 3, 20
span = st.tuples(st.integers(0, GROUPS - 1), st.integers(0, LAST), st.integers(0, LAST))
spans = st.lists(span, max_size=8)


class Plans:
    """Intervals that may be planned otherwise; counts how often which groups are asked for."""

    def __init__(self, found: list) -> None:
        self.found, self.asked = found, []

    def __call__(self, groups: np.ndarray) -> Intervals:
        self.asked.append(groups.tolist())
        table = np.array([s for s in self.found if groups[s[0]]], float).reshape(-1, 3)
        return Intervals.of(table[:, 0].astype(np.int64), table[:, 1], table[:, 2])


def brute_force(found: list, lasting: int, after: int) -> tuple[float, set[int]]:
    """Look at every second: when has it held for so long first, and for which groups."""
    holds = np.zeros((GROUPS, LAST + 1), bool)
    for group, begin, end in found:
        holds[group, begin:end] = True
    for t in range(after, LAST + 1):
        groups = {g for g in range(GROUPS) if t >= lasting and holds[g, t - lasting : t + 1].all()}
        if groups:
            return float(t), groups
    return np.inf, {-1}


@given(spans, spans, st.integers(0, 4), st.integers(0, LAST), st.data())
def test_the_crossing_is_what_looking_all_the_time_would_find(before, then, lasting, after, data):
    plans = Plans(before)
    watch = Watch(simpy.Environment(), GROUPS, plans)
    at, group = watch.next_crossing(lasting, after)
    expected, groups = brute_force(before, lasting, after)
    assert at == expected and group in groups
    plans.found = then
    touched = np.array(data.draw(st.lists(st.booleans(), min_size=GROUPS, max_size=GROUPS)))
    watch.touch(touched)
    mixed = [s for s in before if not touched[s[0]]] + [s for s in then if touched[s[0]]]
    at, group = watch.next_crossing(lasting, after)
    expected, groups = brute_force(mixed, lasting, after)
    assert at == expected and group in groups


def test_only_what_was_touched_is_asked_for_again():
    plans = Plans([(0, 1, 5)])
    watch = Watch(simpy.Environment(), GROUPS, plans)
    watch.intervals()
    watch.intervals()
    watch.touch(np.array([1]))
    watch.intervals()
    watch.touch()
    watch.intervals()
    assert plans.asked == [[True] * 3, [False, True, False], [True] * 3]


def test_who_waits_hears_of_each_change_once():
    env, plans = simpy.Environment(), Plans([])
    watch, heard = Watch(env, GROUPS, plans), []

    def wait():
        while True:
            yield watch.changed
            watch.intervals()
            heard.append(env.now)

    def change():
        for pause in (1, 2, 0):
            yield env.timeout(pause)
            watch.touch()
            watch.touch(np.array([0]))

    env.process(wait())
    env.process(change())
    env.run(until=10)
    assert heard == [1, 3, 3]


@pytest.mark.parametrize(("lasting", "when"), [(0.0, 2.0), (3.0, 5.0), (3.5, np.inf)])
def test_an_interval_that_ends_as_it_gets_old_enough_does_not_count(lasting, when):
    watch = Watch(simpy.Environment(), GROUPS, Plans([(1, 2, 5.5)]))
    assert watch.next_crossing(lasting)[0] == when
