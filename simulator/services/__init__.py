"""Services: replicas over pools, what they lose when nodes go, and what drains meet.

- replicas: where they are and when too few of them are available (`Replicas`).
- elsewhere: where they go when their node has been given up (`Elsewhere`).
- traffic: what its clusters are asked for, and what too much does to them (`Traffic`).
"""

from simulator.services.replicas import Ground, Replicas
from simulator.services.traffic import Traffic

__all__ = ["Ground", "Replicas", "Traffic"]
