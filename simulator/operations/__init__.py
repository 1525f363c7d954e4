"""Operations: who notices, who is called, what they do.

- alerts: from a fact in the fleet to a notification (`AlertChain`).
- team: the people on call, their hours, their errors, and how many are free (`Team`).
- incidents: what will be told of it afterwards (`Incident`, `Attempt`, `Pause`).
- levers: what people can pull (`Levers`, `Pulled`).
- work: one remedy under way, tier by tier (`Work`).
- on_call: from the page to the recovery (`OnCallProcess`).
"""

from simulator.operations.alerts import AlertChain
from simulator.operations.incidents import Attempt, Incident, Pause
from simulator.operations.levers import Levers, Pulled
from simulator.operations.on_call import OnCallProcess
from simulator.operations.team import Team

__all__ = ["AlertChain", "Attempt", "Incident", "Levers", "OnCallProcess", "Pause", "Pulled", "Team"]
