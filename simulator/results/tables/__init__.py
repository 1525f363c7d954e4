"""The tables of a run, each made from a `Record`. Their columns are explained in `simulator.results.columns`.

- fleet: nodes, clusters, services; side_by_side: parts of the fleet.
- rollouts: changes, stages, reach; outages: incidents and the journal;
  timeline: incidents step by step and over time.
- curves: states and exposure as step functions, the heat map; assumptions: the defaults that decided the run.
"""

from simulator.results.tables.assumptions import assumptions
from simulator.results.tables.curves import exposure, heat, on_newest, states
from simulator.results.tables.fleet import clusters, nodes, services
from simulator.results.tables.outages import events, incidents
from simulator.results.tables.rollouts import changes, reach, stages
from simulator.results.tables.side_by_side import side_by_side, systems
from simulator.results.tables.timeline import course, timeline

__all__ = [
    "assumptions",
    "changes",
    "clusters",
    "course",
    "events",
    "exposure",
    "heat",
    "incidents",
    "nodes",
    "on_newest",
    "reach",
    "services",
    "side_by_side",
    "stages",
    "states",
    "systems",
    "timeline",
]
