"""Learners for the tests that need an engine; when a test ends nothing of theirs may be left."""

import pytest

from tests.labs.learners import Learner


@pytest.fixture
def learners(tmp_path, monkeypatch):
    made = []

    def learner() -> Learner:
        folder = tmp_path / f"learner{len(made)}"
        folder.mkdir()
        made.append(Learner(folder, monkeypatch))
        return made[-1]

    yield learner
    for one in made:
        one("stop", "--all")
        assert one.objects() == []


@pytest.fixture
def learner(learners):
    return learners()
