"""GitOps: how a commit reaches clusters. One file for each engine.

What engines share: reconciler (what each can be asked), polling (a plain loop, which Argo CD and Flux specialise),
backlog (the work of all commits, and when it is begun) and throughput (queues with workers and rates).
argo_cd_controllers says what limits an Argo CD.

To add an engine, add a file with settings (a subclass of Engine in scenario/gitops.py), verbs (a
subclass of Reconciler) and `ENGINE = ...`; nothing else names it.
"""

from __future__ import annotations

from simulator.gitops.reconciler import Delivery, Reconciler, Surroundings
from simulator.scenario.vocabulary import discover

__all__ = ["ENGINES", "Delivery", "Reconciler", "Surroundings"]

ENGINES: dict[str, type[Reconciler]] = discover(__name__, __path__, "ENGINE")
