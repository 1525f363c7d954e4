"""Where the replicas of nodes go that have been given up, and what befalls them there before their own node is back."""

from __future__ import annotations

import numpy as np

from simulator.kernel import NEVER, Intervals, Keyed


class Elsewhere:
    """The other hosts of each node's cluster. hosts: which nodes may carry replicas (bool); cluster: by node."""

    def __init__(self, hosts: np.ndarray, cluster: np.ndarray, clusters: int, keyed: Keyed, purpose: str) -> None:
        self._hosts, self._cluster, self._keyed, self._purpose = np.flatnonzero(hosts), cluster, keyed, purpose
        self._count = np.bincount(cluster[hosts], minlength=clusters)
        self._first = np.cumsum(self._count) - self._count

    def host(self, home: np.ndarray, at: np.ndarray, losses: Losses) -> np.ndarray:
        """A node that is up at a time and takes what has left its home; -1 where none is up.

        The first is drawn, the others are asked in turn.
        """
        where = self._cluster[home]
        count, event = self._count[where], (at * 1000).astype(np.int64)
        place = (self._keyed.uniform(self._purpose, home, event) * count).astype(np.int64)
        found, asked = np.full(len(home), -1), np.arange(len(home))
        for turn in range(int(count.max(initial=0))):
            asked = asked[turn < count[asked]]
            if not asked.size:
                break
            node = self._hosts[self._first[where[asked]] + (place[asked] + turn) % count[asked]]
            up = ~losses.at(node, at[asked])
            found[asked[up]] = node[up]
            asked = asked[~up]
        return found


class Losses:
    """When hosts are out, and when each is given up; asked for single nodes and times, to the millisecond."""

    def __init__(self, out: Intervals, given_up: np.ndarray) -> None:
        self.out, self.given_up = out, given_up
        self._keys = _key(out.entity, out.begin)

    def at(self, node: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Whether each node is out at a time."""
        index = np.searchsorted(self._keys, _key(node, at), side="right") - 1
        safe = np.maximum(index, 0)
        if not len(self.out):
            return np.zeros(len(node), bool)
        return (index >= 0) & (self.out.entity[safe] == node) & (self.out.end[safe] > at)

    def next(self, node: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """When each node is out next after a time, until when, and when it is given up then; NEVER where it is not."""
        never = np.full(len(node), NEVER)
        if not len(self.out):
            return never, never, never
        index = np.searchsorted(self._keys, _key(node, at), side="right")
        safe = np.minimum(index, len(self._keys) - 1)
        found = (index < len(self._keys)) & (self.out.entity[safe] == node)
        columns = (self.out.begin, self.out.end, self.given_up)
        return tuple(np.where(found, column[safe], NEVER) for column in columns)


def _key(node: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Nodes and times as one number, in order."""
    return (node.astype(np.int64) << 40) + np.minimum(at * 1000.0, 2.0**40 - 1).astype(np.int64)
