"""Paired differences against scipy and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simulator.study.paired import adjusted, paired

RNG = np.random.default_rng(5)
COMMON = RNG.normal(10, 3, 80)
A, B = COMMON + RNG.normal(0, 0.5, 80), COMMON + 1 + RNG.normal(0, 0.5, 80)


def test_the_paired_t_test():
    found, oracle = paired(A, B, -1), stats.ttest_rel(B, A)
    interval = oracle.confidence_interval(0.95)
    assert found.p == pytest.approx(oracle.pvalue)
    assert (found.difference.low, found.difference.high) == pytest.approx((interval.low, interval.high))
    assert found.correlation == pytest.approx(np.corrcoef(A, B)[0, 1])
    assert (found.n, found.missing, found.undecided) == (80, 0, False)


def test_the_variance_ratio_says_what_pairing_saves():
    found = paired(A, B, -1)
    apart, together = A.var(ddof=1) + B.var(ddof=1), (B - A).var(ddof=1)
    assert found.variance_ratio == pytest.approx(apart / together) and found.variance_ratio > 20


def test_the_bound_holds_for_any_pairing():
    found = paired(A, B, -1)
    assert found.variance_ratio <= found.bound
    for seed in range(200):
        shuffled = np.random.default_rng(seed).permutation(B)
        assert paired(A, shuffled, -1).variance_ratio <= found.bound + 1e-9
    assert paired(np.sort(A), np.sort(B), -1).variance_ratio == pytest.approx(found.bound)


def test_an_arm_without_noise_has_none_to_share():
    found = paired(A, np.zeros(80), -1)
    assert found.variance_ratio == pytest.approx(1.0) and found.bound == pytest.approx(1.0)
    assert np.isnan(found.correlation)


def test_independent_samples_gain_nothing():
    a, b = np.random.default_rng(1).normal(size=(2, 20000))
    assert paired(a, b, 1).variance_ratio == pytest.approx(1.0, abs=0.05)


def test_better_is_by_the_sign_of_the_metric():
    less, more = paired(A, B, -1).p_better.estimate, paired(A, B, 1).p_better.estimate
    assert less == pytest.approx((B < A).mean()) and more == pytest.approx((B > A).mean())


def test_pairs_without_an_answer_are_counted():
    a, b = A.copy(), B.copy()
    a[3], b[7] = np.nan, np.nan
    found = paired(a, b, -1)
    assert (found.n, found.missing) == (78, 2)
    assert found.difference.estimate == pytest.approx(np.delete(B - A, [3, 7]).mean())


def test_the_same_in_every_pair():
    same, shifted = paired(A, A * (1 + 1e-15), -1), paired(np.zeros(5), np.ones(5), -1)
    assert (same.ties, same.p, same.difference.estimate, same.undecided) == (1.0, 1.0, 0.0, False)
    assert (shifted.p, shifted.difference.low, shifted.difference.high) == (0.0, 1.0, 1.0)


def test_zero_inside_the_interval_is_undecided_and_says_how_many_would_do():
    a = np.zeros(40)
    b = np.random.default_rng(2).normal(0.1, 1.0, 40)
    found = paired(a, b, -1)
    assert found.undecided
    n = int(found.resolves)
    half = stats.t.ppf(0.975, n - 1) * b.std(ddof=1) / np.sqrt(n)
    assert half <= abs(b.mean()) < stats.t.ppf(0.975, n - 3) * b.std(ddof=1) / np.sqrt(n - 2)


def test_several_comparisons():
    p = [0.01, 0.04, np.nan, 0.03]
    assert adjusted(p, "bonferroni") == pytest.approx([0.03, 0.12, np.nan, 0.09], nan_ok=True)
    assert adjusted(p, "holm") == pytest.approx([0.03, 0.06, np.nan, 0.06], nan_ok=True)
    assert adjusted(p, "none") == pytest.approx(p, nan_ok=True)
    assert adjusted([0.9, 0.8], "holm").max() == 1.0


def test_holm_never_says_more_than_bonferroni_or_less_than_nothing():
    for seed in range(50):
        p = np.random.default_rng(seed).uniform(size=6) ** 3
        holm, bonferroni = adjusted(p, "holm"), adjusted(p, "bonferroni")
        assert (p <= holm).all() and (holm <= bonferroni + 1e-15).all()
        assert (np.argsort(p, kind="stable") == np.argsort(holm + 1e-9 * p, kind="stable")).all()
