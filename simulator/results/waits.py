"""When the remedies of an incident waited, and for what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.operations import Attempt

REFUSED = "refused: "


@dataclass(frozen=True)
class Wait:
    """A remedy waits from `at` on; until is NaN where that is not known to end. within: while it is at work."""

    attempt: Attempt
    at: float
    until: float
    waits_for: str
    within: bool = False


def waits(attempts: list[Attempt], horizon: float) -> list[Wait]:
    """The waits until remedies were started, those of the clusters that were left out then, and those in the middle of
    the work."""
    found = []
    for number, attempt in enumerate(attempts):
        if not attempt.waited_for or attempt.waited_for.startswith(REFUSED):
            continue
        started = attempt.started_at
        first = attempt.waited_first or attempt.waited_for
        if not started <= attempt.decided_at:
            found.append(Wait(attempt, attempt.decided_at, started, first))
        found += [Wait(attempt, p.at, p.until, p.waits_for, within=True) for p in attempt.pauses if p.at <= horizon]
        if not attempt.complete and started <= horizon:
            again = _next_start(attempts[number + 1 :], attempt.remedy)
            found.append(Wait(attempt, started, again, attempt.waited_for))
    return found


def _next_start(later: list[Attempt], remedy: str) -> float:
    """When the same remedy was started again, NaN if it never was."""
    return next((a.started_at for a in later if a.remedy == remedy and not np.isnan(a.started_at)), np.nan)
