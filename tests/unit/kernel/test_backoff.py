"""Back-off: the chain of retries, worked out one after the other and in one step."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.kernel import backoff


def chain(first: float, until: float, gap: float, factor: float, longest: float) -> float:
    at = first
    while at < until:
        at, gap = at + gap, min(gap * factor, longest)
    return at


@pytest.mark.parametrize(("gap", "factor", "longest"), [(0.75, 2.0, 900.0), (5.0, 2.0, 300.0), (2.0, 3.0, 300.0)])
def test_it_is_what_one_try_after_the_other_gives(gap, factor, longest):
    draw = np.random.default_rng(1)
    first, until = draw.uniform(0, 100, 200), draw.uniform(0, 20_000, 200)
    found = backoff.after(first, until, gap, factor, longest)
    assert found == pytest.approx([chain(f, u, gap, factor, longest) for f, u in zip(first, until, strict=True)])


def test_what_never_comes_and_what_is_there_already():
    found = backoff.after(np.array([5.0, 5.0]), np.array([np.inf, 3.0]), 1.0, 2.0, 8.0)
    assert found.tolist() == [np.inf, 5.0]
