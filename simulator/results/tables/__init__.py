"""The tables of a run, each made from a `Record`. Their columns are explained in `simulator.results.columns`.

- fleet: nodes, clusters, services; rollouts: changes, stages, reach; outages: incidents and the journal.
- curves: states and exposure as step functions, the heat map; assumptions: the defaults that decided the run.
"""

from simulator.results.tables.assumptions import assumptions
from simulator.results.tables.curves import exposure, heat, states
from simulator.results.tables.fleet import clusters, nodes, services
from simulator.results.tables.outages import events, incidents
from simulator.results.tables.rollouts import changes, reach, stages

__all__ = [
    "assumptions",
    "changes",
    "clusters",
    "events",
    "exposure",
    "heat",
    "incidents",
    "nodes",
    "reach",
    "services",
    "stages",
    "states",
]
