"""Incidents: what operations did about an outage, as it will be told afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Pause:
    """A remedy at work waits for something; until is infinite while that is not known to end."""

    at: float
    until: float
    waits_for: str


@dataclass
class Attempt:
    """One remedy tried: chosen and, when its prerequisites were up, started and finished. It is not complete where
    some of the clusters that need it wait for a prerequisite, or some of the nodes for a tier or a quota.

    circular: what was waited for was down because of what the remedy would have cleared. undone_at: when the GitOps
    engine put back what Git says, for the first time; NaN when it did not. nodes: those it has acted on. waited_first:
    what its start waited for; waited_for: that, or what it waited for since. pauses: waits in the middle of its work.
    """

    remedy: str
    cause: str
    decided_at: float
    started_at: float = np.nan
    done_at: float = np.nan
    waited_for: str = ""
    waited_first: str = ""
    pauses: list[Pause] = field(default_factory=list)
    complete: bool = True
    circular: bool = False
    undone_at: float = np.nan
    nodes: np.ndarray = field(default_factory=lambda: np.zeros(0, int), compare=False)


@dataclass
class Incident:
    """One outage as operations saw it; times in seconds, NaN when it did not come to that.

    paged_at: when somebody was called, or the ticket was written. misdiagnosed_at: when the first diagnosis was
    made, if it was wrong. queued_at: from when on it waited for somebody to be free, if everybody was busy. pages:
    how often the alert was told.
    """

    alert: str
    began_at: float
    cause: str = ""
    severity: str = "page"
    pages: int = 1
    detected_at: float = np.nan
    paged_at: float = np.nan
    queued_at: float = np.nan
    acknowledged_at: float = np.nan
    misdiagnosed_at: float = np.nan
    diagnosed_at: float = np.nan
    decided_at: float = np.nan
    recovered_at: float = np.nan
    attempts: list[Attempt] = field(default_factory=list)
