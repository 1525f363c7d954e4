"""etcd: it takes writes while more than half of its members are up."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulator.kernel import Intervals


class Quorum:
    """members: which nodes are control-plane members (bool). cluster: by node. out: when nodes are out, for a mask of
    clusters; a member is a static pod, which runs on without its kubelet but not without machine or network."""

    def __init__(
        self, members: np.ndarray, cluster: np.ndarray, clusters: int, out: Callable[[np.ndarray], Intervals]
    ) -> None:
        self._members, self._cluster, self._out = members, cluster, out
        #: Members of each cluster; 0 where its control plane is somebody else's.
        self.size = np.bincount(cluster[members], minlength=clusters)
        self._fatal = np.maximum(self.size - self.size // 2, 1)  # members that may not be lost at once

    def members_out(self, clusters: np.ndarray) -> Intervals:
        """When members are out; entity is the node."""
        out = self._out(clusters)
        return out.where(self._members[out.entity])

    def lost(self, clusters: np.ndarray) -> Intervals:
        """When so many members are out at once that no majority is left; entity is the cluster."""
        out = self.members_out(clusters)
        return Intervals.overlaps(self._cluster[out.entity], out.begin, out.end, 1, self._fatal)
