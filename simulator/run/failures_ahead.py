"""Failures of machines that are planned before they come.

Nobody who plans anything for a machine knows of them: what is decided, by a rollout or by people, lifts those still
to come from the agenda, or overrules them; then they are planned again, each machine's in the order in which they come.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulator.nodes.nodes import Nodes


class FailuresAhead:
    """faults: by the number of its condition, what strikes machines at times (nodes, when)."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self.faults: dict[int, Callable[[np.ndarray, np.ndarray], None]] = {}
        self._busy = False

    def plan(self, nodes: np.ndarray, at: np.ndarray, number: int) -> None:
        """Have a fault strike nodes at times, all of them still to come."""
        self._strike(nodes, at, np.full(len(nodes), number))

    def again(self) -> None:
        """Plan again what has been lifted or overruled meanwhile."""
        if self.faults and not self._busy:
            self._strike(*self._to_come())

    def _strike(self, nodes: np.ndarray, at: np.ndarray, number: np.ndarray) -> None:
        self._busy = True
        while len(nodes):
            order = np.lexsort((at, nodes))
            nodes, at, number = nodes[order], at[order], number[order]
            first = np.ones(len(nodes), bool)  # of each machine, the failure that comes first
            first[1:] = nodes[1:] != nodes[:-1]
            for fault in np.unique(number[first]):
                mine = np.flatnonzero(first & (number == fault))
                mine = mine[np.argsort(at[mine], kind="stable")]
                self.faults[fault](nodes[mine], at[mine])
            left = (nodes[~first], at[~first], number[~first])
            nodes, at, number = (np.concatenate(both) for both in zip(left, self._to_come(), strict=True))
        self._busy = False

    def _to_come(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Failures that are in no plan any more: of which node, when, by which fault. They count when they strike."""
        agenda = self._nodes.agenda
        rows = agenda.overruled()
        rows = rows[np.isin(agenda.owner[rows], list(self.faults))]
        np.subtract.at(self._nodes.failures, agenda.entity[rows], 1)
        return agenda.entity[rows].astype(int), agenda.begins[rows].copy(), agenda.owner[rows].astype(int)
