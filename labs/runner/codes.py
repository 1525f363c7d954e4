"""Exit codes of `paddock lab`, the same for people, scripts and CI."""

from __future__ import annotations

from simulator.cli.console import Problem

DONE, FAILED, USAGE, INVALID, NO_ENGINE, UNDETERMINED, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130


def invalid(message: str, hint: str = "") -> Problem:
    """The lab's own content is wrong: its author must act."""
    return Problem(message, hint, INVALID)


def engine_problem(message: str, hint: str = "") -> Problem:
    """The container engine is not there, or can't do what is needed."""
    return Problem(message, hint, NO_ENGINE)


def undetermined(message: str, hint: str = "") -> Problem:
    """No verdict: something else than the learner's work went wrong, or took too long."""
    return Problem(message, hint, UNDETERMINED)
