"""Values and intervals as people read them."""

import math

import pytest

from simulator.results.words import between, change_in_words, in_words


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (125.0, "s", "2 min 5 s"),
        (-125.0, "s", "-2 min 5 s"),
        (0.4, "share", "40 %"),
        (1490.2, "node-h", "1,490 node-h"),
        (0.25, "node-h", "0.25 node-h"),
        (0.04516, "node-h", "0.0452 node-h"),
        (3.0, "rollbacks", "3 rollbacks"),
        (12.34, "1/d", "12.3 1/d"),
        (math.nan, "1/d", "–"),
        (math.nan, "s", "–"),
    ],
)
def test_a_metric_in_words(value, unit, words):
    assert in_words(value, unit) == words


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.047, "share", "4.7 points"),
        (-0.62, "share", "-62 points"),
        (-60.0, "s", "-1 min"),
        (2.0, "rollbacks", "2 rollbacks"),
    ],
)
def test_a_difference_of_shares_is_no_share(value, unit, words):
    assert change_in_words(value, unit) == words


@pytest.mark.parametrize(
    ("low", "high", "unit", "words"),
    [
        (1074.6, 1489.2, "node-h", "1,075 to 1,489 node-h"),
        (0.25, 0.9, "share", "25 to 90 %"),
        (1860.0, 2220.0, "s", "31 to 37 min"),
        (55.0, 180.0, "s", "55 s to 3 min"),
        (3000.0, 3900.0, "s", "50 min to 1 h 5 min"),
        (3900.0, 4200.0, "s", "1 h 5 min to 1 h 10 min"),
        (-65.0, -62.0, "s", "-1 min 5 s to -1 min 2 s"),
        (1.0, math.nan, "s", "no interval from one value"),
    ],
)
def test_an_interval_names_its_unit_once(low, high, unit, words):
    assert between(low, high, unit) == words
