"""Keyed draws: uniform, independent, and a function of nothing but their key."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simulator.kernel import Keyed
from simulator.scenario.distribution import Distribution, Exponential

N = 20_000
words = st.integers(0, 2**63 - 1)


def parts(keyed: Keyed) -> dict[str, np.ndarray]:
    """Draws in which one part of the key runs while the others stand still."""
    return {
        "entity": keyed.uniform("x", np.arange(N)),
        "attempt": keyed.uniform("x", 3, np.arange(N)),
        "purpose": np.array([keyed.uniform(f"x{k}")[()] for k in range(N // 10)]).ravel(),
        "seed": np.array([Keyed(k).uniform("x") for k in range(N // 10)]).ravel(),
        "replication": np.array([Keyed(1, k).uniform("x") for k in range(N // 10)]).ravel(),
        "far": keyed.uniform("x", np.arange(N, dtype=np.int64) << 40),
        "diagonal": keyed.uniform("x", np.arange(N), np.arange(N)),
    }


@pytest.mark.parametrize("part", ["entity", "attempt", "purpose", "seed", "replication", "far", "diagonal"])
def test_draws_are_uniform_and_neighbours_independent(part):
    u = parts(Keyed(1))[part]
    assert stats.kstest(u, "uniform").pvalue > 0.001
    for lag in (1, 2, 16):
        table = np.histogram2d(u[:-lag], u[lag:], bins=8, range=[[0, 1], [0, 1]])[0]
        assert stats.chisquare(table.ravel()).pvalue > 0.001


def test_keys_that_differ_in_one_part_are_independent():
    u = Keyed(1).uniform("x", np.arange(N))
    for other in (
        Keyed(2).uniform("x", np.arange(N)),
        Keyed(1, 1).uniform("x", np.arange(N)),
        Keyed(1).uniform("y", np.arange(N)),
        Keyed(1).uniform("x", np.arange(N), 1),
    ):
        assert abs(stats.pearsonr(u, other)[0]) < 4 / np.sqrt(N)


@given(words, st.integers(0, 2**31), st.text(max_size=9), st.lists(words, min_size=1, max_size=20), words)
def test_a_draw_depends_on_its_key_alone(seed, replication, purpose, entities, attempt):
    """Neither the order, nor the batch, nor what was drawn before matters."""
    keyed = Keyed(seed, replication)
    together = keyed.uniform(purpose, np.array(entities), attempt)
    backwards = keyed.uniform(purpose, np.array(entities[::-1]), attempt)[::-1]
    one_by_one = [Keyed(seed, replication).uniform(purpose, np.array([e]), attempt)[0] for e in entities]
    assert together.tolist() == backwards.tolist() == one_by_one
    assert (together > 0).all() and (together < 1).all()


def test_the_largest_draw_is_below_one():
    """All bits set must not be rounded up to 1, of which no quantile exists."""

    class Ones(Keyed):
        def bits(self, *key):
            return np.array([2**64 - 1, 0], np.uint64)

    high, low = Ones(1).uniform("x")
    assert 0.0 < low < high < 1.0


class TestLevels:
    """A distribution says where it varies."""

    entity, attempt = np.repeat(np.arange(40), 5), np.tile(np.arange(5), 40)

    def drawn(self, level: str, **key) -> np.ndarray:
        value = Distribution[float](exponential=Exponential[float](mean=3.0), level=level)
        return Keyed(1, **key).draw(value, "x", self.entity, self.attempt).reshape(40, 5)

    def test_a_number_is_itself(self):
        assert Keyed(1).draw(7, "x", self.entity).tolist() == [7.0] * 200

    def test_per_event_varies_everywhere(self):
        assert len(np.unique(self.drawn("perEvent"))) == 200

    def test_per_entity_stays_with_its_entity(self):
        drawn = self.drawn("perEntity")
        assert (drawn == drawn[:, :1]).all() and len(np.unique(drawn)) == 40

    @pytest.mark.parametrize("level", ["perRun", "uncertain"])
    def test_once_a_run(self, level):
        drawn = self.drawn(level)
        assert len(np.unique(drawn)) == 1
        assert drawn[0, 0] != self.drawn(level, replication=1)[0, 0]

    def test_it_has_the_declared_law(self):
        value = Distribution[float](exponential=Exponential[float](mean=3.0))
        drawn = Keyed(5).draw(value, "x", np.arange(N))
        assert stats.kstest(drawn, stats.expon(scale=3.0).cdf).pvalue > 0.001
        assert stats.kstest(drawn, stats.expon(scale=3.2).cdf).pvalue < 0.001  # it would see a wrong mean
