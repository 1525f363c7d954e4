"""Tests marked `engine` run last, and only where a container engine answers."""

import functools
import itertools
import os
import signal

import pytest

from labs.runner import engine


def pytest_configure() -> None:
    """What a shell starts in its background is deaf to Ctrl-C, and so are the commands on which tests press it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast tests first: who waits for a failure should not wait for the containers."""
    items.sort(key=lambda item: ("engine" in item.keywords, "slow" in item.keywords))


@pytest.fixture(autouse=True)
def _store_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test finds runs of another one, or leaves any in the user's cache."""
    monkeypatch.setenv("PADDOCK_STORE", str(tmp_path_factory.getbasetemp() / f"store-{next(_NUMBERS)}"))


_NUMBERS = itertools.count()


@functools.cache
def engine_problem() -> str | None:
    return engine.problem()


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("engine") and (problem := engine_problem()):
        required = os.environ.get("PADDOCK_REQUIRE_ENGINE") == "1"
        (pytest.fail if required else pytest.skip)(problem)
