"""When a pod's image is on its node: what has to be pulled comes from the registry, one image at a time.

A pull that fails is tried again with growing gaps. What a node has once pulled stays, unless the disk is
short: then images that nothing uses go. A tag that is looked up at each start needs the registry each time.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulator import facts
from simulator.kernel import NEVER, Intervals, backoff


class ImagePulls:
    """registry_down: when the registry can't be reached, for a mask of clusters; entity is the cluster."""

    def __init__(self, registry_down: Callable[[np.ndarray], Intervals], clusters: int) -> None:
        self._registry_down, self._clusters = registry_down, clusters
        self._gap = facts.get("kubernetes.pod.crashloop_backoff").seconds
        self._longest = facts.get("kubernetes.pod.image_pull_backoff_max").seconds
        self._rate = facts.get("kubernetes.kubelet.registry_pull_qps").number
        self._burst = 10.0  # the row's remark

    def pulled_at(self, clusters: np.ndarray, at: np.ndarray, lasts: np.ndarray | float) -> np.ndarray:
        """When images whose pull is begun at a time in clusters are there; lasts: s, with a registry that answers."""
        at = np.array(at, float)
        mask = np.zeros(self._clusters, bool)
        mask[clusters[at < NEVER]] = True
        down = self._registry_down(mask)
        if len(down):
            while (late := (up := down.over_from(clusters, at)) > at).any():
                at[late] = backoff.after(at[late], up[late], self._gap, 2.0, self._longest)
        return at + lasts

    def ahead(self, count: np.ndarray, seconds: np.ndarray) -> np.ndarray:
        """How long an image waits for those before it on its node, s: they are pulled one by one, and asked for no
        faster than the kubelet's rate. count: how many; seconds: what they take together."""
        return np.maximum(seconds, np.maximum(count - self._burst, 0.0) / self._rate)
