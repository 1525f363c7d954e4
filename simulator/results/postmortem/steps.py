"""One step of an incident, and the order in which those at one time are told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Every kind of step. At one time, what comes first here is the reason of what comes later.
ORDER = (
    "changed",
    "first bite",
    "first symptom",
    "service down",
    "visible",
    "at worst",
    "alert fires",
    "paged",
    "acknowledged",
    "wrong diagnosis",
    "diagnosed",
    "decided",
    "remedy refused",
    "remedy waits",
    "remedy started",
    "rollout stopped",
    "remedy done",
    "half recovered",
    "90 % recovered",
    "all right",
    "recovered",
    "relapsed",
)


@dataclass(frozen=True)
class Step:
    """at, until: seconds since the start; until is NaN where nothing lasted, or where it had not ended by the horizon.

    count: how many `counted` (nodes or clusters) it is about. circular: what is waited for is down because of the very
    cause that the remedy would clear.
    """

    at: float
    step: str
    subject: str
    note: str
    count: int = 0
    counted: str = ""
    waits_for: str = ""
    circular: bool = False
    until: float = np.nan
