"""Computed polls against chains that are walked look by look."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import ndtr

from simulator.kernel import Keyed, Polls

SIZE, PERIOD, HORIZON = 30, 60.0, 86400.0
JITTER = 0.15  # half the relative width: the gaps' standard deviation is 0.15 / sqrt(3) of the period
SIGMA = PERIOD * JITTER / np.sqrt(3.0)


def polls(jitter: float, seed: int = 1, size: int = SIZE, horizon: float = HORIZON) -> Polls:
    return Polls(Keyed(seed), "test", size, PERIOD, jitter, horizon)


def chain(found: Polls, who: int, count: int) -> np.ndarray:
    """Every look of one poller, in order."""
    return found.look(np.full(count, who), np.arange(count))


moments = st.lists(st.tuples(st.integers(0, SIZE - 1), st.floats(0, HORIZON)), min_size=1, max_size=20)


@pytest.mark.parametrize("jitter", [0.0, JITTER])
class TestEveryPoll:
    @settings(max_examples=40)
    @given(asked=moments)
    def test_the_next_look_is_the_first_of_the_chain(self, jitter, asked):
        found = polls(jitter)
        who, at = (np.array(c) for c in zip(*asked, strict=True))
        for w, a, when in zip(who, at, found.next_after(who, at), strict=True):
            looks = chain(found, w, 1600)
            assert (np.diff(looks) > 0).all()
            assert when == looks[np.searchsorted(looks, a)]

    @settings(max_examples=40)
    @given(asked=moments)
    def test_answers_agree_whatever_was_asked_before(self, jitter, asked):
        who, at = (np.array(c) for c in zip(*asked, strict=True))
        together = polls(jitter).next_after(who, at)
        assert together.tolist() == [polls(jitter).next_after(np.array([w]), a)[0] for w, a in asked]

    def test_a_look_is_its_own_next_one(self, jitter):
        found = polls(jitter)
        who, number = np.repeat(np.arange(SIZE), 1400), np.tile(np.arange(1, 1401), SIZE)
        looks = found.look(who, number)
        assert found.next_after(who, looks).tolist() == looks.tolist()

    def test_the_first_look_is_past_the_start_and_never_is_never(self, jitter):
        found = polls(jitter)
        assert (found.phase > -PERIOD).all() and (found.phase < 0).all()
        assert (found.next_after(np.arange(SIZE), 0.0) >= 0).all()
        assert found.next_after(np.arange(2), np.array([np.inf, 5.0]))[0] == np.inf

    def test_far_past_the_horizon_an_answer_is_still_not_before_the_question(self, jitter):
        assert (polls(jitter).next_after(np.arange(SIZE), 20 * HORIZON) >= 20 * HORIZON).all()

    def test_a_wait_is_that_of_a_stationary_chain(self, jitter):
        """The residual life of a renewal process: density (1 - F(x)) / mean of the gaps' distribution F."""
        found = polls(jitter, seed=3, size=4000)
        at = 1000.0 + Keyed(4).uniform("at", np.arange(4000)) * 80_000
        waits = found.next_after(np.arange(4000), at) - at
        assert stats.kstest(waits, residual(SIGMA if jitter else 1e-9)).pvalue > 0.001
        assert stats.kstest(waits, residual(0.4 * PERIOD)).pvalue < 0.001  # it would see another law


def residual(sigma: float):
    """Distribution function of the residual life for normal gaps: the integral of (1 - F) / mean."""

    def cdf(x):
        z, z0 = (x - PERIOD) / sigma, -PERIOD / sigma
        integral = sigma * (z * ndtr(z) + stats.norm.pdf(z) - z0 * ndtr(z0) - stats.norm.pdf(z0))
        return np.clip((x - integral) / PERIOD, 0, 1)

    return cdf


def test_constant_gaps_are_the_period():
    looks = chain(polls(0.0), 3, 1400)
    assert np.allclose(np.diff(looks), PERIOD, atol=1e-9)


def test_jittered_gaps_have_the_mean_and_the_variance_of_the_jitter():
    gaps = np.diff([chain(polls(JITTER), w, 1400) for w in range(SIZE)], axis=1).ravel()
    shortest, longest = PERIOD * (1 - JITTER), PERIOD * (1 + JITTER)
    assert gaps.min() >= shortest - 1e-6 and gaps.max() <= longest + 1e-6
    assert stats.kstest(gaps, stats.uniform(shortest, longest - shortest).cdf).statistic < 0.015
    assert gaps.std() == pytest.approx(SIGMA, rel=0.01) and gaps.mean() == pytest.approx(PERIOD, rel=1e-3)
    after = np.corrcoef(gaps[:-1], gaps[1:])[0, 1]
    assert abs(after) < 0.03


def test_close_looks_are_correlated_and_distant_ones_are_not():
    """Waits after two moments that lie k periods apart: the phase is remembered, then forgotten."""
    found, who = polls(JITTER, size=2000, horizon=40 * HORIZON), np.arange(2000)

    def angle(at):
        return np.exp(2j * np.pi * (found.next_after(who, at) - at) / PERIOD)

    memory = {k: abs(np.mean(angle(10_000.0) * angle(10_000.0 + k * PERIOD).conj())) for k in (1, 10, 1000)}
    for k in (1, 10):  # the characteristic function of the sum of k jitters
        assert memory[k] == pytest.approx(np.exp(-0.5 * k * (2 * np.pi * SIGMA / PERIOD) ** 2), abs=0.05)
    assert memory[1000] < 4 / np.sqrt(2000)
