"""Intervals and components against closed forms and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simulator.study import estimates

RNG = np.random.default_rng(7)


def test_the_mean_has_its_t_interval():
    values = RNG.normal(3, 2, 25)
    low, high = stats.t.interval(0.95, 24, values.mean(), stats.sem(values))
    found = estimates.mean(values)
    assert (found.estimate, found.low, found.high) == pytest.approx((values.mean(), low, high))
    assert found.half_width == pytest.approx((high - low) / 2)


def test_runs_without_an_answer_are_left_out():
    values = np.array([1.0, np.nan, 3.0])
    assert estimates.mean(values) == estimates.mean(np.array([1.0, 3.0]))
    assert np.isnan(estimates.mean(np.array([np.nan])).estimate)


def test_one_value_has_no_interval():
    found = estimates.mean(np.array([4.0]))
    assert found.estimate == 4.0 and np.isnan(found.low)


@pytest.mark.parametrize(("events", "n"), [(3, 20), (50, 100), (199, 200)])
def test_a_probability_has_wilsons_interval(events, n):
    found = estimates.probability(np.repeat([1.0, 0.0], [events, n - events]))
    z, p = stats.norm.ppf(0.975), events / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    assert (found.estimate, found.low, found.high) == pytest.approx((p, centre - half, centre + half))


@pytest.mark.parametrize("n", [1, 2, 30, 1000])
def test_no_event_in_n_leaves_three_over_n(n):
    never, always = estimates.probability(np.zeros(n)), estimates.probability(np.ones(n))
    assert (never.estimate, never.low) == (0.0, 0.0)
    assert never.high == pytest.approx(min(1, 3 / n), rel=0.002)
    assert (always.low, always.high) == (pytest.approx(1 - never.high), 1.0)


def test_a_quantile_lies_between_order_statistics():
    values = RNG.exponential(size=101)
    found = estimates.quantile(values, 0.5)
    ordered = np.sort(values)
    low, high = np.searchsorted(ordered, [found.low, found.high])
    assert ordered[low] == found.low and ordered[high] == found.high
    # The number of values below the true median is binomial: the ranks hold it with at least 95 %
    assert stats.binom.cdf(high, 101, 0.5) - stats.binom.cdf(low, 101, 0.5) >= 0.95


def test_a_quantile_of_few_values_has_no_interval():
    assert np.isnan(estimates.quantile(np.arange(5.0), 0.9).high)


def grouped(k: int, m: int, between: float, within: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(k), m)
    return rng.normal(0, between, k)[groups] + rng.normal(0, within, k * m), groups


def test_variance_components_are_those_of_the_analysis_of_variance():
    values, groups = grouped(30, 4, 2.0, 1.0)
    table = values.reshape(30, 4)
    within = table.var(axis=1, ddof=1).mean()
    between = table.mean(axis=1).var(ddof=1) - within / 4
    found = estimates.variances(values, groups)
    assert (found.run, found.parameters, found.runs_a_draw) == pytest.approx((within, between, 4))
    assert found.share == pytest.approx(between / (between + within))


def test_variance_components_find_what_was_put_in():
    found = estimates.variances(*grouped(4000, 3, 2.0, 1.0))
    assert found.run == pytest.approx(1.0, rel=0.05) and found.parameters == pytest.approx(4.0, rel=0.1)
    assert estimates.variances(*grouped(4000, 3, 0.0, 1.0)).parameters == pytest.approx(0, abs=0.05)


def test_with_uncertain_parameters_the_mean_rests_on_the_draws():
    values, groups = grouped(20, 5, 2.0, 1.0)
    assert estimates.mean(values, groups) == estimates.mean(values.reshape(20, 5).mean(axis=1))
    noise = estimates.noise(values, groups)
    assert noise.estimate == pytest.approx(estimates.mean(values, groups).estimate)
    assert noise.half_width < estimates.mean(values, groups).half_width / 2, "what more runs would narrow"


def test_values_that_hang_together_count_for_fewer():
    values, groups = grouped(50, 4, 3.0, 0.01)
    assert estimates.effective_size(values, groups) in range(48, 53), "as good as one value a draw"
    values, groups = grouped(50, 4, 0.0, 1.0)
    assert estimates.effective_size(values, groups) > 150
    assert estimates.effective_size(values, None) == 200
    wide, narrow = (estimates.quantile(v, 0.5, g) for v, g in (grouped(50, 4, 3.0, 0.01), grouped(200, 1, 3.0, 0.01)))
    assert wide.half_width > narrow.half_width


def test_skewed_values_need_more_of_them():
    assert estimates.enough(RNG.normal(size=1000)) == 10
    skewed = np.concatenate([np.zeros(95), np.full(5, 10.0)])
    assert estimates.enough(skewed) == int(np.ceil(25 * stats.skew(skewed) ** 2)) > 300
    assert estimates.enough(np.zeros(5)) == 10


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_coverage_of_the_mean(level):
    """2,000 repeated studies of a known mean: as many intervals hold it as they say."""
    rng = np.random.default_rng(3)
    held = sum(f.low <= 5 <= f.high for f in (estimates.mean(rng.normal(5, 1, 12), None, level) for _ in range(2000)))
    assert stats.binomtest(held, 2000, level).pvalue > 0.001
