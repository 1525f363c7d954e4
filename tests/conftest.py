"""Tests marked `engine` run last, and only where a container engine answers."""

import functools
import os

import pytest

from labs.runner import engine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast tests first: who waits for a failure should not wait for the containers."""
    items.sort(key=lambda item: ("engine" in item.keywords, "slow" in item.keywords))


@functools.cache
def engine_problem() -> str | None:
    return engine.problem()


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("engine") and (problem := engine_problem()):
        required = os.environ.get("PADDOCK_REQUIRE_ENGINE") == "1"
        (pytest.fail if required else pytest.skip)(problem)
