"""The agenda against a naive reference: claims, plans and cuts in any order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.kernel import Agenda
from tests.unit.kernel.reference import Plans, Row

ENTITIES, STEPS, STATES, INITIAL = 4, 3, 5, 2
who = st.lists(st.booleans(), min_size=ENTITIES, max_size=ENTITIES)
delay = st.integers(0, 12)
priority = st.integers(1, 3)
steps = st.lists(st.tuples(st.integers(0, 6), st.integers(0, STATES - 1)), min_size=1, max_size=STEPS)
claim_and_plan = st.tuples(st.just("plan"), who, delay, priority, steps, st.integers(0, 2))
claim_only = st.tuples(st.just("claim"), who, delay, priority)
cut = st.tuples(st.just("cut"), who, st.integers(0, 2))
action = st.one_of(claim_and_plan, claim_and_plan, cut, claim_only)
actions = st.lists(st.tuples(st.integers(0, 5), action), max_size=25)


class Pair:
    """An agenda and its reference, led through the same actions."""

    def __init__(self) -> None:
        self.agenda = Agenda(ENTITIES, STEPS, INITIAL, extra={"mark": np.int16})
        self.plans = [Plans(INITIAL) for _ in range(ENTITIES)]
        self.now = 0.0

    def claim(self, chosen: list[bool], after: int, priority: int) -> np.ndarray:
        """Claim entities at different times; returns those that were granted."""
        entities = np.flatnonzero(chosen)
        at = self.now + after + np.arange(len(entities)) % 2  # times differ between entities
        was = [self.plans[e].state_at(t) for e, t in zip(entities, at, strict=True)]
        handover = self.agenda.claim(entities, at, priority)
        expected = [self.plans[e].claim(t, priority) for e, t in zip(entities, at, strict=True)]
        assert handover.granted.tolist() == expected
        assert handover.states.tolist() == [s for s, ok in zip(was, expected, strict=True) if ok]
        assert (handover.since <= at[handover.granted]).all()
        return handover.granted

    def plan(self, chosen: list[bool], after: int, priority: int, steps: list, owner: int) -> None:
        granted = self.claim(chosen, after, priority)
        at = (self.now + after + np.arange(len(granted)) % 2)[granted]
        entities = np.flatnonzero(chosen)[granted]
        gaps = np.cumsum([gap for gap, _ in steps])
        states = [state for _, state in steps]
        rows = self.agenda.plan(entities, at[:, None] + gaps, np.array(states), owner, priority, mark=owner)
        for entity, begin, row in zip(entities, at, rows, strict=True):
            planned = list(zip((begin + gaps).tolist(), states, strict=True))
            self.plans[entity].rows.append(Row(int(row), owner, priority, planned))

    def cut(self, chosen: list[bool], owner: int) -> None:
        taken = self.agenda.cut(owner, self.now, np.array(chosen))
        expected = [row for e in np.flatnonzero(chosen) for row in self.plans[e].cut(owner, self.now)]
        assert sorted(taken.tolist()) == sorted(expected)

    def check(self) -> None:
        agenda, everyone = self.agenda, np.arange(ENTITIES)
        end = max((s[0] for p in self.plans for s in p.history()), default=0.0) + 2.0
        moments = np.arange(0.0, end + 0.5, 0.5)
        states = np.array([agenda.state_at(everyone, t) for t in moments])
        assert states.tolist() == [[p.state_at(t) for p in self.plans] for t in moments]
        assert agenda.row_after(everyone, self.now).tolist() == [p.row_after(self.now) for p in self.plans]
        # What happens, read off the table, is the history.
        happened = agenda.happened(end)
        table = [[] for _ in everyone]
        for row, step in np.argwhere(happened):
            table[agenda.entity[row]].append((agenda.times[row, step], int(agenda.states[row, step])))
        assert table == [[(float(t), s) for t, s in p.history()[1:]] for p in self.plans]
        # Conservation: the spans of all states, and the start, cover each instant once.
        count = np.zeros((len(moments), ENTITIES), int)
        begun = np.array([p.rows[0].begins if p.rows else np.inf for p in self.plans])
        count += moments[:, None] < begun
        for state in range(STATES):
            spans = agenda.spans(np.arange(STATES) == state)
            inside = np.array([spans.covers(everyone, np.full(ENTITIES, t)) for t in moments])
            assert (inside == ((states == state) & (moments[:, None] >= begun))).all()
            count += inside
        assert (count == 1).all()
        some = everyone % 2 == 0
        rows = agenda.chain(np.flatnonzero(some))
        chosen = np.arange(STATES) < 2
        part, whole = agenda.spans(chosen, rows), agenda.spans(chosen).of_entities(some)
        assert part.begin.tolist() == whole.begin.tolist() and part.end.tolist() == whole.end.tolist()


@settings(max_examples=300)
@given(actions)
def test_any_interleaving_is_what_the_reference_says(actions):
    pair = Pair()
    for wait, (verb, *rest) in actions:
        pair.now += wait
        getattr(pair, verb)(*rest)
    pair.check()


def agenda_with(*plans: tuple[list[float], list[int], int, int]) -> Agenda:
    """One entity with plans (times, states, owner, priority), each claimed when it begins."""
    agenda = Agenda(1, 3)
    for times, states, owner, level in plans:
        assert agenda.claim(np.array([0]), times[0], level).granted.all()
        agenda.plan(np.array([0]), np.array([times]), np.array(states, np.uint8), owner, level)
    return agenda


def states_of(agenda: Agenda, *at: float) -> list[int]:
    return [int(agenda.state_at(np.array([0]), t)[0]) for t in at]


def test_what_a_plan_that_is_taken_back_would_have_interrupted_goes_on():
    agenda = agenda_with(([10.0, 30.0], [1, 0], 7, 1), ([20.0, 40.0], [2, 0], 8, 1))
    assert states_of(agenda, 15, 25, 35, 45) == [1, 2, 2, 0]
    agenda.cut(8, 5.0)
    assert states_of(agenda, 15, 25, 35, 45) == [1, 1, 0, 0]


def test_a_plan_taken_back_from_the_middle_leaves_no_hole():
    agenda = agenda_with(([10.0, 12.0], [1, 3], 7, 1), ([20.0, 22.0], [2, 4], 8, 1), ([40.0], [1], 9, 1))
    agenda.cut(8, 5.0)
    assert states_of(agenda, 11, 13, 25, 45) == [1, 3, 3, 1]
    assert agenda.spans(np.arange(5) == 3).end.tolist() == [40.0]


def test_a_claim_that_has_taken_effect_is_not_undone_by_a_cut():
    agenda = agenda_with(([10.0, 30.0], [1, 0], 7, 1))
    agenda.claim(np.array([0]), 15.0, 1)
    agenda.plan(np.array([0]), np.array([[25.0]]), np.array([2], np.uint8), 8, 1)
    agenda.cut(8, 20.0)
    assert states_of(agenda, 20, 40) == [1, 1]


def test_a_higher_priority_keeps_what_it_has_until_its_last_step():
    agenda = agenda_with(([10.0, 20.0], [1, 0], 7, 5))
    assert not agenda.claim(np.array([0]), 15.0, 1).granted.any()
    assert agenda.claim(np.array([0]), 20.0, 1).granted.all()


def test_a_claim_tells_what_was_waiting():
    agenda = agenda_with(([10.0], [1], 7, 1), ([20.0], [2], 8, 1))
    handover = agenda.claim(np.array([0]), 15.0, 1)
    assert (handover.rows.tolist(), handover.waiting.tolist(), handover.since.tolist()) == ([1], [2], [10.0])


def test_the_table_grows_and_keeps_what_it_has():
    agenda = Agenda(3, 2, extra={"mark": np.int16})
    for k in range(2000):
        agenda.claim(np.arange(3), float(k), 1)
        agenda.plan(np.arange(3), np.full((3, 1), float(k)), np.array([k % 3]), k % 7, 1, mark=k % 100)
    assert agenda.rows == 6001
    assert agenda.mark[1:].tolist() == np.repeat(np.arange(2000) % 100, 3).tolist()
    assert states_of(agenda, 4.0, 1999.0) == [1, 1999 % 3]


def test_an_unknown_column_is_an_attribute_error():
    with pytest.raises(AttributeError, match="colour"):
        _ = Agenda(1, 1).colour
