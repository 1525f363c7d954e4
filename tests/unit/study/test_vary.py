"""Ranges as they are written, and what lies between their ends."""

from __future__ import annotations

import pytest

from simulator.scenario.paths import values_from
from simulator.study import StudyError
from simulator.study.arm import _as_argument
from simulator.study.vary import ends_from, number_of, range_of, short


@pytest.mark.parametrize(
    ("text", "middle"),
    [
        ("5m..15m", "10m"),
        ("1%..10%", "5.5%"),
        ("2..8", 5),
        ("0.0..1", 0.5),
        ("1/y..4/y", "2.5/y"),
        ("30s..1m", "45s"),
    ],
)
def test_between_two_ends_lies_the_middle(text, middle):
    between = range_of(*ends_from(text))
    assert between.at(0.5) == middle and type(between.at(0.5)) is type(middle)
    assert number_of(between.at(0.0)) == pytest.approx(between.low)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("5m", "LOW..HIGH"),
        ("5m..", "LOW..HIGH"),
        ("5m..3", "one kind"),
        ("1/y..1/d", "one kind"),
        ("5m..5m", "below"),
        ("high..low", "is not the end of a range"),
        ("1,2..3", "two values"),
    ],
)
def test_what_is_no_range(text, said):
    with pytest.raises(StudyError, match=said):
        ends_from(text)


def test_paths_by_their_last_words():
    assert short(["spec.changes[a].rollout.stages[0].bake"]) == ["bake"]
    assert short(["spec.alerts[a].for", "spec.alerts[b].for"]) == ["alerts[a].for", "alerts[b].for"]


@pytest.mark.parametrize(
    "value", ["10m", 3, None, "5%", {"lognormal": {"median": "5m", "sigma": 1}}, "a, b", True, "1/y", "x: y"]
)
def test_a_value_in_a_command_is_read_back(value):
    assert values_from([f"spec.x={_as_argument(value)}"])["spec.x"] == value
