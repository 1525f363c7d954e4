"""Operations: who notices, who is called, what they do.

- alerts: from a fact in the fleet to a notification (`AlertChain`).
- incidents: the person on call, from the page to the recovery (`Incident`, `OnCallProcess`).
"""

from simulator.operations.alerts import AlertChain
from simulator.operations.incidents import Attempt, Incident, Levers, OnCallProcess

__all__ = ["AlertChain", "Attempt", "Incident", "Levers", "OnCallProcess"]
