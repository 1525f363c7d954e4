"""The bar: where somebody watches, and not for what is over in a second."""

from __future__ import annotations

import itertools

import pytest

from simulator.study import progress


@pytest.fixture
def seconds(monkeypatch):
    """Each look at the clock is so many seconds after the one before."""

    def pass_by(each: float) -> None:
        clock = itertools.count(0.0, each)
        monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))

    return pass_by


@pytest.mark.parametrize(("each", "shown"), [(0.6, True), (0.1, False)])
def test_a_bar_from_the_second_second_on(monkeypatch, capsys, seconds, each, shown):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    seconds(each)
    with progress.bar("Comparing") as told:
        for done in range(4):
            told(done, 4)
    assert ("Comparing" in capsys.readouterr().err) == shown


def test_nothing_in_a_file_or_a_pipe(capsys, seconds):
    seconds(1.0)
    with progress.bar("Comparing") as told:
        told(1, 4)
        told(2, 4)
    assert capsys.readouterr() == ("", "")
