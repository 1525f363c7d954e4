"""Services: replicas over pools, what they lose when nodes go, and what drains meet.

- replicas: where they are and when too few of them are available (`Replicas`).
"""

from simulator.services.replicas import Ground, Replicas

__all__ = ["Ground", "Replicas"]
