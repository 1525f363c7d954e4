"""Spells against a list of intervals for each entity: opened, closed and taken back in any order."""

from __future__ import annotations

from math import inf

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.kernel import Intervals, Spells
from tests.unit.kernel.reference import Sets

ENTITIES = 3
who = st.lists(st.booleans(), min_size=ENTITIES, max_size=ENTITIES)
length = st.sampled_from([0, 1, 3, 8, inf])
actions = st.lists(
    st.one_of(
        st.tuples(st.just("open"), who, st.sampled_from([0, 2, 5, 9, inf]), length),
        st.tuples(st.sampled_from(["close", "reopen", "retract"]), who, st.sampled_from([0, 2, 5, inf]), st.none()),
    ),
    max_size=16,
)


@settings(max_examples=300)
@given(actions, st.lists(st.integers(0, 3), min_size=16, max_size=16))
def test_any_interleaving_is_what_the_reference_says(actions, waits):
    spells, sets, now = Spells(ENTITIES), [Sets() for _ in range(ENTITIES)], 0.0
    for (verb, chosen, after, lasts), wait in zip(actions, waits, strict=False):
        now += wait
        entities = np.flatnonzero(chosen)
        at = now + after + entities % 2
        if verb == "open":
            spells.open(entities, at, at + lasts)
            for e, t in zip(entities, at, strict=True):
                sets[e].open(t, t + lasts)
        else:
            changed = getattr(spells, verb)(entities, at)
            expected = [getattr(sets[e], verb)(t) for e, t in zip(entities, at, strict=True)]
            if verb == "close":
                assert changed.tolist() == expected
    table = [(e, b, f) for e in range(ENTITIES) for b, f, _ in sets[e].all]
    entity, begin, end = np.array(table).reshape(-1, 3).T
    expected = Intervals.of(entity.astype(int), begin, end)
    found = spells.intervals()
    for name in ("entity", "begin", "end"):
        assert getattr(found, name).tolist() == getattr(expected, name).tolist()
    for moment in np.arange(0.0, 40.0, 0.5):
        assert spells.at(moment).tolist() == [s.at(moment) for s in sets]
    some = np.arange(ENTITIES) > 0
    assert spells.intervals(some).begin.tolist() == expected.of_entities(some).begin.tolist()


def test_a_spell_planned_behind_another_is_taken_back_too():
    spells = Spells(1)
    spells.open(np.array([0]), 100.0)
    spells.close(np.array([0]), 200.0)
    spells.open(np.array([0]), 300.0)
    spells.retract(np.array([0]), 50.0)
    assert not len(spells.intervals())


def test_an_open_spell_goes_on_when_it_is_opened_again():
    spells = Spells(1)
    spells.open(np.array([0]), 10.0, 20.0)
    spells.open(np.array([0]), 15.0, 99.0)
    assert spells.intervals().end.tolist() == [20.0]


def test_a_later_spell_without_end_outlives_one_that_comes_before_it():
    spells = Spells(1)
    spells.open(np.array([0]), 100.0)
    spells.open(np.array([0]), 50.0, 60.0)
    assert spells.intervals().begin.tolist() == [50.0, 100.0]
    assert spells.at(150.0).tolist() == [True]


def test_many_spells_of_one_entity_are_all_kept():
    spells = Spells(2)
    for k in range(100):
        spells.open(np.array([1]), 10.0 * k, 10.0 * k + 5)
    assert spells.intervals().seconds(2, np.inf).tolist() == [0.0, 500.0]
