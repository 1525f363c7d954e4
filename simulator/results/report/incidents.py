"""The worst incidents, each told as a postmortem: a picture and a table of its steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulator.results.notable import worst_incidents
from simulator.results.report import pictures, tables

#: A reader follows so many; the rest stands in the table of incidents.
MOST = 3


@dataclass(frozen=True)
class Told:
    """One incident: its heading, its picture, its steps."""

    heading: str
    picture: pictures.Picture
    steps: tables.Table


def told(run: Any) -> list[Told]:
    """The worst few incidents, the worst first."""
    return [
        Told(heading := _heading(incident), pictures.draw_incident(run, int(incident.incident), heading), steps)
        for incident in worst_incidents(run).head(MOST).itertuples()
        if (steps := tables.timeline(run, incident)).rows
    ]


def _heading(incident: Any) -> str:
    """'Incident 1: telemetry, told by api-down'."""
    by = f", told by {incident.alert}" if incident.alert and incident.cause else ""
    return f"Incident {incident.incident}: {incident.cause or incident.alert}{by}"
