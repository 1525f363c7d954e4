"""The rule that stops: what it sees, what it does not look at, what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simulator.study import StudyError
from simulator.study.stopping import FIRST, Rule, look_ahead, needed, reached


def precision(values: np.ndarray) -> float:
    half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    return half / abs(values.mean())


def test_it_stops_at_the_first_number_whose_precision_holds():
    values = np.random.default_rng(1).normal(10, 3, 400)
    found = reached(values, values, 0.05)
    n = next(
        n for n in range(FIRST, 400) if all(precision(values[:k]) <= 0.05 for k in range(n, n + look_ahead(n) + 1))
    )
    assert found.n == n + look_ahead(n) and f"at {n} and for {look_ahead(n)} more" in found.why


def test_a_lucky_dip_does_not_stop_it():
    values = np.concatenate([np.full(12, 1.0), [30.0], np.random.default_rng(1).normal(10, 3, 400)])
    assert reached(values, values, 0.05).n > 100


def test_what_comes_later_does_not_matter():
    values = np.random.default_rng(2).normal(10, 3, 400)
    whole = reached(values, values, 0.05)
    assert reached(values[: whole.n], values[: whole.n], 0.05) == whole
    assert reached(values[: whole.n - 1], values[: whole.n - 1], 0.05) is None


def test_a_difference_is_precise_beside_the_baseline():
    rng = np.random.default_rng(3)
    difference, baseline = rng.normal(0, 1, 200), rng.normal(100, 1, 200)
    assert reached(difference, baseline, 0.05).n == FIRST + look_ahead(FIRST)
    assert reached(difference, difference, 0.05) is None


def test_runs_without_an_answer_count_for_nothing():
    values = np.random.default_rng(1).normal(10, 3, 400)
    with_gaps = np.full(800, np.nan)
    with_gaps[::2] = values
    assert reached(with_gaps, with_gaps, 0.05).n >= 2 * reached(values, values, 0.05).n - 12


def test_the_look_ahead_grows_with_the_number():
    assert [look_ahead(n) for n in (10, 100, 200, 1000)] == [5, 5, 10, 50]


def test_the_guess_of_what_is_needed_is_about_right():
    values = np.random.default_rng(4).normal(10, 5, 5000)
    assert needed(values[:50], values[:50], 0.02) == pytest.approx((1.96 * 0.5 / 0.02) ** 2, rel=0.4)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"replications": 10, "precision": 0.1}, "not both"),
        ({"replications": 0}, "at least 1"),
        ({"precision": 5.0}, "between 0 and 1"),
        ({"precision": 0.05, "cap": 3}, "cap is at least 15"),
    ],
)
def test_rules_that_make_no_sense(rule, said):
    with pytest.raises(StudyError, match=said):
        Rule(**rule)
