"""etcd: it takes writes while more than half of its members are up and have a leader."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulator import facts
from simulator.kernel import Intervals, Keyed, moment


class Quorum:
    """members: which nodes are control-plane members (bool). cluster: by node. out: when nodes are out, for a mask of
    clusters; a member is a static pod, which runs on without its kubelet but not without machine or network.

    A majority that is back elects a leader first. A member without one stands for election again and again, in rounds
    of one to two election timeouts (drawn anew each time), and is somewhere in its round when the others come back. A
    member that is all of its cluster has less to wait for: etcd lets most of its first round pass at once
    (`adjustTicks` in etcd's server.go). A majority that was never lost has its leader.
    """

    def __init__(
        self,
        members: np.ndarray,
        cluster: np.ndarray,
        clusters: int,
        out: Callable[[np.ndarray], Intervals],
        keyed: Keyed,
    ) -> None:
        self._members, self._cluster, self._out, self._keyed = members, cluster, out, keyed
        #: Members of each cluster; 0 where its control plane is somebody else's.
        self.size = np.bincount(cluster[members], minlength=clusters)
        self._fatal = np.maximum(self.size - self.size // 2, 1)  # members that may not be lost at once

    def members_out(self, clusters: np.ndarray) -> Intervals:
        """When members are out; entity is the node."""
        out = self._out(clusters)
        return out.where(self._members[out.entity])

    def lost(self, clusters: np.ndarray) -> Intervals:
        """When so many members are out at once that no majority is left, or it has no leader yet; entity is the
        cluster."""
        out = self.members_out(clusters)
        lost = Intervals.overlaps(self._cluster[out.entity], out.begin, out.end, 1, self._fatal)
        when = moment(lost.end)
        longer = self._keyed.uniform("etcd.round", lost.entity, when)
        rounds = facts.get("etcd.election_timeout").seconds * (1.0 + np.where(self.size[lost.entity] > 1, longer, 0.0))
        waits = rounds * self._keyed.uniform("etcd.election", lost.entity, when)
        return Intervals.of(lost.entity, lost.begin, lost.end + waits)
